import type { Subject } from "./Subject.ts"

/**
 * All that can be measured. A child imports only the one it is for: what the others load would
 * count into its memory.
 */
const loaders = {
  ours: async (): Promise<Subject> => (await import("../subjects/Ours.ts")).over("tcp"),
  "ours-tls": async (): Promise<Subject> => (await import("../subjects/Ours.ts")).over("tls"),
  "ours-ws": async (): Promise<Subject> => (await import("../subjects/Ours.ts")).over("ws"),
  "ours-wss": async (): Promise<Subject> => (await import("../subjects/Ours.ts")).over("wss"),
  minimum: async (): Promise<Subject> => (await import("../subjects/Minimum.ts")).subject,
  js2p: async (): Promise<Subject> => (await import("../subjects/Js2p.ts")).subject,
  "js2p-zlib": async (): Promise<Subject> => (await import("../subjects/Js2p.ts")).compressing,
  raw: async (): Promise<Subject> => (await import("../subjects/RawStream.ts")).unchecked,
  "raw-digest": async (): Promise<Subject> => (await import("../subjects/RawStream.ts")).checked
}

export type SubjectName = keyof typeof loaders

export const isSubjectName = (name: string): name is SubjectName => Object.hasOwn(loaders, name)

export const loadSubject = (name: SubjectName): Promise<Subject> => loaders[name]()

/** Subjects whose packages have to be installed first. */
export const isCompetitor = (name: SubjectName): boolean => name.startsWith("js2p")

/** The order of the tables. */
export const streamSubjects: ReadonlyArray<SubjectName> = ["ours", "raw", "raw-digest"]
export const networkSubjects: ReadonlyArray<SubjectName> = ["ours", "minimum", "js2p", "js2p-zlib"]
export const transportSubjects: ReadonlyArray<SubjectName> = [
  "ours",
  "ours-tls",
  "ours-ws",
  "ours-wss"
]
/** Without the slower form of the competitor: its list of seen messages is the same in both. */
export const cacheSubjects: ReadonlyArray<SubjectName> = ["ours", "minimum", "js2p"]
