/**
 * What a typed protocol is: a name, a version, and a union of message schemas, each under a flag.
 *
 * Pure descriptions. `services/Protocol.ts` makes a service of one, and runs its handlers.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import * as SchemaAST from "effect/SchemaAST"
import { APPLICATION_FIRST, CONTROL_FIRST, CONTROL_LAST } from "./Flags.ts"
import { PROTOCOL_FLAG_MAX } from "./Limits.ts"
import {
  type AnnouncedProtocol,
  ProtocolName,
  ProtocolVersion
} from "./messages/ProtocolMessages.ts"
import type { Value } from "./Value.ts"

/** What every message is: a tagged value. */
export interface Tagged {
  readonly _tag: string
}

/**
 * The schema of a message: a tagged struct, class or error whose encoded side is a map that MessagePack can
 * say. Bytes, and integers of 64 bits, are such values as they are; what is not (a `Date`, an
 * `Option`) becomes one by `Schema.toCodecJson`.
 */
export type MessageSchema<M extends Tagged> = Schema.Codec<
  M,
  Tagged & { readonly [key: string]: Value }
>

/** The schema of an answer, or of an error: anything whose encoded side MessagePack can say. */
export type ValueSchema<A> = Schema.Codec<A, Value>

/** A message that expects no answer: it can be broadcast, or sent to one node. */
export interface Message<out M extends Tagged> {
  readonly kind: "Message"
  readonly flag: number
  /** Undefined where the schema has no literal tag: {@link check} refuses it. */
  readonly tag: M["_tag"] | undefined
  readonly schema: MessageSchema<M>
}

/** A message that asks one node: it is answered, or fails with a typed error. */
export interface Request<out M extends Tagged, out A, out E> {
  readonly kind: "Request"
  readonly flag: number
  /** Undefined where the schema has no literal tag: {@link check} refuses it. */
  readonly tag: M["_tag"] | undefined
  readonly schema: MessageSchema<M>
  readonly answer: ValueSchema<A>
  readonly error: ValueSchema<E>
}

export type AnyMessage = Message<Tagged>
export type AnyRequest = Request<Tagged, unknown, unknown>
export type Any = AnyMessage | AnyRequest

/** The tag of a schema's encoded side; undefined where it has none. */
const tagOf = <M extends Tagged>(schema: MessageSchema<M>): M["_tag"] | undefined => {
  const encoded = SchemaAST.toEncoded(schema.ast)
  if (!SchemaAST.isObjects(encoded)) return undefined
  const type = encoded.propertySignatures.find(({ name }) => name === "_tag")?.type
  // The literal that the schema's own type says is there.
  const isTag = (literal: unknown): literal is M["_tag"] => typeof literal === "string"
  return type !== undefined && SchemaAST.isLiteral(type) && isTag(type.literal)
    ? type.literal
    : undefined
}

/** A message that expects no answer, under a flag from 0x30 up. */
export const message = <M extends Tagged>(flag: number, schema: MessageSchema<M>): Message<M> => ({
  kind: "Message",
  flag,
  tag: tagOf(schema),
  schema
})

/**
 * A message that asks, under a flag from 0x30 up; `answer` and `error` are what may come back.
 *
 * Two signatures, for the one without an error says `never` of it wherever the request is written: in a list of
 * messages the compiler would else infer `unknown` from what the list may hold.
 */
export function request<M extends Tagged, A>(
  flag: number,
  schema: MessageSchema<M>,
  options: { readonly answer: ValueSchema<A>; readonly error?: undefined }
): Request<M, A, never>
export function request<M extends Tagged, A, E>(
  flag: number,
  schema: MessageSchema<M>,
  options: { readonly answer: ValueSchema<A>; readonly error: ValueSchema<E> }
): Request<M, A, E>
export function request<M extends Tagged, A, E>(
  flag: number,
  schema: MessageSchema<M>,
  options: { readonly answer: ValueSchema<A>; readonly error?: ValueSchema<E> | undefined }
): Request<M, A, E> {
  return {
    kind: "Request",
    flag,
    tag: tagOf(schema),
    schema,
    answer: options.answer,
    error: options.error ?? Schema.Never
  }
}

/** A protocol, whole. */
export interface ProtocolDefinition<out Messages extends ReadonlyArray<Any> = ReadonlyArray<Any>> {
  readonly name: string
  readonly version: number
  /** The oldest version that it works with; its own by default. */
  readonly minVersion: number
  readonly messages: Messages
}

/** A protocol that a node can't have, and why. */
export class ProtocolError extends Schema.TaggedError<ProtocolError>()("ProtocolError", {
  protocol: Schema.String,
  reason: Schema.Literals([
    "BadName",
    "BadVersion",
    "BadTag",
    "BadSchema",
    "DuplicateTag",
    "ReservedFlag",
    "BadFlag",
    "FlagTaken",
    "NameTaken",
    "TooMany"
  ]),
  detail: Schema.String
}) {
  override get message() {
    return `protocol ${JSON.stringify(this.protocol)} (${this.reason}): ${this.detail}`
  }
}

/** Whether an encoded side has a `bigint` that a small integer could not stand in for. */
const hasBareBigInt = (ast: SchemaAST.AST, seen: ReadonlySet<SchemaAST.AST>): boolean => {
  if (seen.has(ast)) return false
  const within = new Set(seen).add(ast)
  const has = (inner: SchemaAST.AST) => hasBareBigInt(inner, within)
  if (SchemaAST.isBigInt(ast)) return true
  if (SchemaAST.isSuspend(ast)) return has(ast.thunk())
  if (SchemaAST.isArrays(ast)) return ast.elements.some(has) || ast.rest.some(has)
  if (SchemaAST.isObjects(ast)) {
    return (
      ast.propertySignatures.some(({ type }) => has(type)) ||
      ast.indexSignatures.some(({ type }) => has(type))
    )
  }
  if (!SchemaAST.isUnion(ast)) return false
  const isEased = ast.types.some(SchemaAST.isNumber)
  return ast.types.some((type) => !(isEased && SchemaAST.isBigInt(type)) && has(type))
}

/** The schemas of a message and of what it is answered with. */
const schemasOf = (one: Any): ReadonlyArray<Schema.Constraint> =>
  one.kind === "Request" ? [one.schema, one.answer, one.error] : [one.schema]

/** A flag as documents write it. */
const hex = (flag: number) => `0x${flag.toString(16).padStart(2, "0")}`

const flagFault = (flag: number): readonly [ProtocolError["reason"], string] | undefined => {
  if (!Number.isInteger(flag) || flag < 0 || flag > PROTOCOL_FLAG_MAX) {
    return ["BadFlag", `a flag is an integer up to ${hex(PROTOCOL_FLAG_MAX)}`]
  }
  if (flag < APPLICATION_FIRST) {
    return ["ReservedFlag", `flags below ${hex(APPLICATION_FIRST)} are those of 0.7`]
  }
  if (flag >= CONTROL_FIRST && flag <= CONTROL_LAST) {
    const range = `${hex(CONTROL_FIRST)} to ${hex(CONTROL_LAST)}`
    return ["ReservedFlag", `flags from ${range} are our own control messages'`]
  }
  return undefined
}

/** What is wrong with a protocol by itself, whatever else its node has; undefined where nothing is. */
export const check = (definition: ProtocolDefinition): ProtocolError | undefined => {
  const { messages, minVersion, name, version } = definition
  const fault = (reason: ProtocolError["reason"], detail: string) =>
    new ProtocolError({ protocol: name, reason, detail })
  if (!Schema.is(ProtocolName)(name)) {
    return fault("BadName", "a name is 1 to 64 printable ASCII characters without spaces")
  }
  if (![version, minVersion].every(Schema.is(ProtocolVersion)) || minVersion > version) {
    return fault("BadVersion", `version ${version}, works from version ${minVersion}`)
  }
  const tags = new Map<string, number>()
  const flags = new Map<number, string>()
  for (const one of messages) {
    const { flag, tag } = one
    const about = `message ${JSON.stringify(tag ?? "")} with flag ${hex(flag)}`
    if (tag === undefined) return fault("BadTag", `${about}: its schema has no literal _tag`)
    if (tags.has(tag)) return fault("DuplicateTag", `${about}: another has that tag`)
    if (schemasOf(one).some(({ ast }) => hasBareBigInt(SchemaAST.toEncoded(ast), new Set()))) {
      return fault("BadSchema", `${about}: Schema.BigInt refuses small integers; use Value.Int64`)
    }
    const wrong = flagFault(flag)
    if (wrong !== undefined) return fault(wrong[0], `${about}: ${wrong[1]}`)
    const other = flags.get(flag)
    if (other !== undefined) return fault("FlagTaken", `${about}: ${other} has that flag`)
    tags.set(tag, flag)
    flags.set(flag, tag)
  }
  return undefined
}

/** Why two versions of a protocol don't work together, as seen from one side. */
export const Incompatibility = Schema.Literals([
  /** The other side does not have the protocol at all. */
  "Unknown",
  /** The other side's version is older than the oldest that we work with. */
  "TooOld",
  /** Ours is older than the oldest that the other side works with. */
  "TooNew"
])
export type Incompatibility = typeof Incompatibility.Type

/** A protocol's versions. */
export type Versions = Pick<AnnouncedProtocol, "version" | "minVersion">

/** Whether ours works with theirs; undefined where it does. Both sides come to the same answer. */
export const incompatibility = (
  ours: Versions,
  theirs: Versions | undefined
): Incompatibility | undefined => {
  if (theirs === undefined) return "Unknown"
  if (theirs.version < ours.minVersion) return "TooOld"
  return ours.version < theirs.minVersion ? "TooNew" : undefined
}

/** A {@link incompatibility} in words. */
export const explain = (name: string, ours: Versions, theirs: Versions | undefined): string => {
  if (theirs === undefined) return `it does not speak ${name}`
  const range = ({ minVersion, version }: Versions) =>
    minVersion === version ? `version ${version}` : `versions ${minVersion} to ${version}`
  return `it speaks ${name} in ${range(theirs)}, we in ${range(ours)}`
}
