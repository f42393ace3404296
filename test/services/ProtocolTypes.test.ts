// What the compiler knows of a protocol's service.

import { describe, expectTypeOf, it } from "@effect/vitest"
import type * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import type { ValueEncodeError } from "../../src/domain/MessagePack.ts"
import { Int64 } from "../../src/domain/Value.ts"
import type { ProtocolError } from "../../src/domain/ProtocolDefinition.ts"
import type { UnreachableError } from "../../src/domain/UnreachableError.ts"
import * as Protocol from "../../src/services/Protocol.ts"
import type { AskError } from "../../src/services/Asks.ts"
import type { Sender } from "../../src/services/ProtocolInbox.ts"
import type { Protocols } from "../../src/services/Protocols.ts"
import type {
  AnswerOf,
  Client,
  ErrorOf,
  Handlers,
  IncompatibleError,
  MessageOf,
  RequestOf
} from "../../src/services/ProtocolShape.ts"
import type { SendError } from "../../src/services/Whispering.ts"
import {
  Doubled,
  type messages,
  Negative,
  Patience,
  Said,
  type Slow,
  Test
} from "../suites/TestProtocol.ts"

type Messages = typeof messages
declare const client: Client<Messages>
declare const request: Doubled
declare const patience: Patience

/** A protocol whose messages are written where it is defined, as documents show it. */
class Inline extends Protocol.Service<Inline>()("inline", {
  version: 1,
  messages: [
    Protocol.message(0x30, Said),
    Protocol.request(0x31, Patience, { answer: Schema.String }),
    Protocol.request(0x32, Doubled, { answer: Int64, error: Negative })
  ]
}) {}

describe("a protocol's service", () => {
  it("takes its own messages, and asks only what is a request", () => {
    expectTypeOf<MessageOf<Messages>>().toEqualTypeOf<Said | Slow>()
    expectTypeOf<RequestOf<Messages>>().toEqualTypeOf<Doubled | Patience>()
    expectTypeOf<Parameters<typeof client.broadcast>[0]>().toEqualTypeOf<Said | Slow>()
    expectTypeOf<Parameters<typeof client.send>[1]>().toEqualTypeOf<Said | Slow>()
  })

  it("answers each request with its own type, and its own errors", () => {
    type Common = AskError | ValueEncodeError | IncompatibleError | UnreachableError | SendError
    const ask = () => client.ask(client.id, request)
    const wait = () => client.ask(client.id, patience)
    expectTypeOf(ask).returns.toEqualTypeOf<Effect.Effect<bigint, Negative | Common>>()
    expectTypeOf(wait).returns.toEqualTypeOf<Effect.Effect<string, Common>>()
    expectTypeOf<AnswerOf<Messages, Doubled>>().toEqualTypeOf<bigint>()
    expectTypeOf<ErrorOf<Messages, Patience>>().toEqualTypeOf<never>()
  })

  it("answers so too where its messages are written in its definition", () => {
    type Written = (typeof Inline)["definition"]["messages"]
    expectTypeOf<ErrorOf<Written, Patience>>().toEqualTypeOf<never>()
    expectTypeOf<AnswerOf<Written, Patience>>().toEqualTypeOf<string>()
    expectTypeOf<ErrorOf<Written, Doubled>>().toEqualTypeOf<Negative>()
    expectTypeOf<MessageOf<Written>>().toEqualTypeOf<Said>()
  })

  it("has a handler for each kind of message", () => {
    expectTypeOf<keyof Handlers<Messages>>().toEqualTypeOf<
      "Said" | "Slow" | "Doubled" | "Patience"
    >()
    expectTypeOf<Handlers<Messages>["Doubled"]>().toEqualTypeOf<
      (message: Doubled, sender: Sender) => Effect.Effect<bigint, Negative, unknown>
    >()
  })

  it("is a layer over a node", () => {
    type Built = ReturnType<typeof Test.layer<Handlers<Messages>>>
    expectTypeOf<Layer.Success<Built>>().toEqualTypeOf<Test>()
    expectTypeOf<Layer.Error<Built>>().toEqualTypeOf<ProtocolError>()
    expectTypeOf<Protocols>().toExtend<Layer.Services<Built>>()
  })
})
