/**
 * The typed half of a protocol: from messages to bodies and back by their schemas, and from bodies to
 * handlers.
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import type { NodeId } from "../domain/Ids.ts"
import { ASK_TIMEOUT_MILLIS, PROTOCOL_PROBLEMS_MAX } from "../domain/Limits.ts"
import { type Answer, type Body, Outcome } from "../domain/messages/ProtocolMessages.ts"
import * as MessagePack from "../domain/MessagePack.ts"
import {
  type Any,
  explain,
  incompatibility,
  type ProtocolDefinition,
  type Request,
  type Tagged,
  type ValueSchema
} from "../domain/ProtocolDefinition.ts"
import type { ProtocolProblem } from "../domain/ProtocolProblem.ts"
import { AskError, AskRefusal } from "./Asks.ts"
import { EventHub } from "./EventHub.ts"
import { MessageRef } from "./MessageRef.ts"
import { type Kind, refusal, type Reply, type Sender } from "./ProtocolInbox.ts"
import { Protocols } from "./Protocols.ts"
import {
  type AnswerOf,
  type AskOptions,
  type Client,
  type ErrorOf,
  type Handlers,
  type HandlerServices,
  IncompatibleError,
  type RequestOf
} from "./ProtocolShape.ts"
import { traced } from "./Traced.ts"

/** What a refused ask is answered with. */
const Refusal = Schema.Tuple([AskRefusal, Schema.String])

const failureOf = (cause: Cause.Cause<unknown>): string => {
  const [first] = Cause.prettyErrors(cause)
  return first === undefined ? "interrupted" : `${first.name}: ${first.message}`
}

/** Makes the service of a protocol, and has its handlers called, for as long as the scope lives. */
export const make = Effect.fnUntraced(function* <
  Self,
  const Messages extends ReadonlyArray<Any>,
  H extends Handlers<Messages>,
  E,
  R
>(
  key: Context.Key<Self, Client<Messages>>,
  definition: ProtocolDefinition<Messages>,
  handlers: H | Effect.Effect<H, E, R>,
  concurrency: number
) {
  const { name } = definition
  const claim = yield* Protocols.use((protocols) => protocols.claim(definition))
  const { counters } = claim
  const problems = new EventHub<ProtocolProblem>(PROTOCOL_PROBLEMS_MAX)
  yield* Effect.addFinalizer(() => problems.close)
  const withdrawn = Deferred.makeUnsafe<void>()
  yield* Effect.addFinalizer(() => Deferred.succeed(withdrawn, undefined))

  // ---- Speaking

  const byTag = new Map<string, Any>()
  for (const one of definition.messages) if (one.tag !== undefined) byTag.set(one.tag, one)

  const unsayable = (tag: string, reason: string) =>
    new MessagePack.ValueEncodeError({ path: [tag], reason })

  /** The payload of a message: its tag is its flag. */
  const encode = (message: Tagged, number?: number) => {
    const found = byTag.get(message._tag)
    if (found === undefined) {
      return Effect.fail(unsayable(message._tag, `${name} has no such message`))
    }
    const { flag, schema } = found
    const encoded = Schema.encodeUnknownResult(schema)(message)
    if (Result.isFailure(encoded)) {
      return Effect.fail(unsayable(message._tag, encoded.failure.message))
    }
    const { _tag: _, ...body } = encoded.success
    const { minVersion, version } = definition
    const head = [flag, name, version, minVersion, body]
    return Effect.fromResult(MessagePack.encode(number === undefined ? head : [...head, number]))
  }

  /** Fails for a direct peer that has said that it would refuse. */
  const checkPeer = Effect.fnUntraced(function* (node: NodeId) {
    const spoken = yield* claim.spokenBy(node)
    if (spoken === undefined) return
    const { versions } = spoken
    const reason = incompatibility(definition, versions)
    if (reason === undefined) return
    const detail = explain(name, definition, versions)
    return yield* new IncompatibleError({ protocol: name, peer: node, reason, detail })
  })

  /** What the span of a call says. */
  const attributes = (message: Tagged, peer?: NodeId) => () => ({
    "p2p.node": claim.id,
    "p2p.protocol": name,
    "p2p.tag": message._tag,
    ...(peer === undefined ? {} : { "p2p.peer": peer })
  })

  const broadcast: Client<Messages>["broadcast"] = (message) =>
    traced(
      "Protocol.broadcast",
      Effect.flatMap(encode(message), (payload) =>
        Effect.map(claim.broadcast(payload), (digest) => new MessageRef(digest))
      ),
      attributes(message),
      ({ id }) => ({ "p2p.message": id })
    )

  const send: Client<Messages>["send"] = (node, message) =>
    traced(
      "Protocol.send",
      Effect.andThen(
        checkPeer(node),
        Effect.flatMap(encode(message), (payload) => claim.whisper(node, payload))
      ),
      attributes(message, node)
    )

  // ---- Asking

  const ask = Effect.fnUntraced(function* <Asked extends RequestOf<Messages>>(
    node: NodeId,
    asked: Asked,
    options: AskOptions = {}
  ) {
    const { _tag: tag } = asked
    const fail = (reason: AskError["reason"], detail: string) =>
      new AskError({ protocol: name, request: tag, peer: node, reason, detail })
    // Tags are unique (`ProtocolDefinition.check`): what has the tag is the definition of that type.
    const isItsOwn = (
      one: Any
    ): one is Request<Asked, AnswerOf<Messages, Asked>, ErrorOf<Messages, Asked>> =>
      one.kind === "Request" && one.tag === tag
    const definitionOf = definition.messages.find(isItsOwn)
    if (definitionOf === undefined) return yield* unsayable(tag, `${name} has no such request`)
    const timeout = options.timeout ?? ASK_TIMEOUT_MILLIS
    const answered = Effect.andThen(
      checkPeer(node),
      claim.ask(node, (number) => encode(asked, number))
    )
    const ceased = Effect.suspend(() =>
      Effect.fail(fail("Withdrawn", `this node has ceased to speak ${name}`))
    )
    if (Deferred.isDoneUnsafe(withdrawn)) return yield* ceased
    const answer = yield* Effect.timeoutOrElse(
      Effect.raceFirst(answered, Effect.andThen(Deferred.await(withdrawn), ceased)),
      {
        duration: timeout,
        orElse: () => Effect.fail(fail("Timeout", "no answer within the time limit"))
      }
    )
    if (answer === undefined) return yield* fail("TooManyAsks", "too many wait for their answers")
    return yield* read(definitionOf, answer, fail)
  })

  /** What an answer says, by the schemas of its request. */
  const read = Effect.fnUntraced(function* <A, E>(
    { answer: answerSchema, error: errorSchema }: Request<Tagged, A, E>,
    { outcome, value }: Answer,
    fail: (reason: AskError["reason"], detail: string) => AskError
  ) {
    const bad = ({ message }: Schema.SchemaError) => fail("BadAnswer", message)
    if (outcome === Outcome.answer) {
      return yield* Effect.mapError(Schema.decodeUnknownEffect(answerSchema)(value), bad)
    }
    if (outcome === Outcome.error) {
      const error = yield* Effect.mapError(Schema.decodeUnknownEffect(errorSchema)(value), bad)
      return yield* Effect.fail(error)
    }
    const [reason, detail] = yield* Effect.mapError(Schema.decodeUnknownEffect(Refusal)(value), bad)
    return yield* fail(reason, detail)
  })

  const client: Client<Messages> = {
    id: claim.id,
    broadcast,
    send,
    ask: (node, request, options) =>
      traced("Protocol.ask", ask(node, request, options), attributes(request, node)),
    peers: Effect.sync(claim.peers),
    announcements: claim.announcements,
    problems: problems.stream,
    counters: Effect.sync(() => ({ ...counters }))
  }

  // ---- Being spoken to

  type Services = Exclude<HandlerServices<H>, Self | Scope.Scope>
  type Handle = (
    message: Tagged,
    sender: Sender
  ) => Effect.Effect<unknown, unknown, Services | Self | Scope.Scope>

  const context = Context.add(yield* Effect.context<Services>(), key, client)
  const built: Effect.Effect<H, E, R> = Effect.isEffect(handlers)
    ? handlers
    : Effect.succeed(handlers)
  const made = new Map<string, unknown>(
    Object.entries(yield* Effect.provideService(built, key, client))
  )
  // By `Handlers`, what stands under a tag is the handler of that tag's messages.
  const isHandle = (handler: unknown): handler is Handle => typeof handler === "function"

  const kindOf = (one: Any): Kind => {
    const tag = one.tag ?? ""
    const decode = Schema.decodeUnknownResult(one.schema)
    const handler = made.get(tag)
    const replied = (exit: Exit.Exit<unknown, unknown>, sender: Sender): Reply | undefined => {
      const told = { protocol: name, message: tag, sender: sender.id }
      if (Exit.isSuccess(exit)) {
        counters.handled++
        return one.kind === "Request"
          ? encodeReply(Outcome.answer, one.answer, exit.value)
          : undefined
      }
      const error = Cause.findError(exit.cause)
      const isTyped = one.kind === "Request" && Result.isSuccess(error)
      const reply = isTyped ? encodeReply(Outcome.error, one.error, error.success) : undefined
      if (reply !== undefined && reply.outcome === Outcome.error) {
        counters.handled++
        return reply
      }
      counters.failed++
      problems.publish({
        _tag: "HandlerFailed",
        ...told,
        failure: failureOf(exit.cause)
      })
      return one.kind === "Request" ? refusal("Died", "its handler has failed") : undefined
    }
    return {
      flag: one.flag,
      tag,
      isRequest: one.kind === "Request",
      handle: (body: Body, sender: Sender) => {
        const message = decode({ ...body, _tag: tag })
        if (Result.isFailure(message)) {
          counters.malformed++
          const issue = message.failure.message
          problems.publish({
            _tag: "Malformed",
            protocol: name,
            message: tag,
            sender: sender.id,
            issue
          })
          return Effect.succeed(refusal("Malformed", issue.slice(0, 1024)))
        }
        if (!isHandle(handler)) return Effect.succeed(refusal("Died", "it has no handler"))
        return Effect.suspend(() => handler(message.success, sender)).pipe(
          Effect.scoped,
          Effect.provideContext(context),
          Effect.exit,
          Effect.map((exit) => replied(exit, sender))
        )
      }
    }
  }

  /** An answer or error on its way back; one that its schema can't say is a failure of the handler. */
  const encodeReply = (
    outcome: Reply["outcome"],
    schema: ValueSchema<unknown>,
    value: unknown
  ): Reply => {
    const encoded = Schema.encodeUnknownResult(schema)(value)
    return Result.isSuccess(encoded)
      ? { outcome, value: encoded.success }
      : refusal("Died", "what its handler gave is not as the schema wants it")
  }

  yield* claim.open({
    kinds: definition.messages.map(kindOf),
    concurrency,
    onProblem: problems.publish
  })
  return client
})
