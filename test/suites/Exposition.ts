// The text that Prometheus scrapes, read as strictly as its format is written down ("Exposition formats").

const METRIC = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/
const SAMPLE =
  /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (-?\d+(?:\.\d+)?(?:e[+-]\d+)?|NaN|[+-]Inf)$/
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)/y

export interface Sample {
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

export interface ExposedFamily {
  readonly help: string
  readonly type: string
  readonly samples: ReadonlyArray<Sample>
}

const readLabels = (text: string): Record<string, string> => {
  const labels: Record<string, string> = {}
  LABEL.lastIndex = 0
  while (LABEL.lastIndex < text.length) {
    const [, name = "", value = ""] = LABEL.exec(text) ?? []
    if (name === "" || name in labels) throw new Error(`bad labels: ${text}`)
    labels[name] = value
  }
  return labels
}

/** The families of an exposition, by name. Throws at the first line that is not as it must be. */
export const readExposition = (text: string): ReadonlyMap<string, ExposedFamily> => {
  const families = new Map<string, { help: string; type: string; samples: Array<Sample> }>()
  const seen = new Set<string>()
  let current = ""
  if (!text.endsWith("\n")) throw new Error("the last line has no end")
  for (const line of text.slice(0, -1).split("\n")) {
    const [hash, keyword, name = "", ...rest] = line.split(" ")
    if (hash === "#" && keyword === "HELP") {
      if (!METRIC.test(name) || families.has(name)) throw new Error(`a second family: ${line}`)
      families.set(name, { help: rest.join(" "), type: "", samples: [] })
      current = name
      continue
    }
    const family = families.get(current)
    if (family === undefined) throw new Error(`outside of a family: ${line}`)
    if (hash === "#" && keyword === "TYPE") {
      if (name !== current || family.type !== "") throw new Error(`a second type: ${line}`)
      family.type = rest.join(" ")
      continue
    }
    const [, sample, labels = "", value] = SAMPLE.exec(line) ?? []
    if (sample !== current || family.type === "")
      throw new Error(`no sample of ${current}: ${line}`)
    if (seen.has(`${sample}{${labels}}`)) throw new Error(`a second sample: ${line}`)
    seen.add(`${sample}{${labels}}`)
    family.samples.push({ labels: readLabels(labels), value: Number(value) })
  }
  return families
}
