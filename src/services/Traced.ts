/**
 * Spans that cost nothing while nobody traces.
 *
 * A span is made where the fiber has been given a tracer, and only there: `Effect.fn` with a name makes its span
 * always, at ten times the cost of a broadcast. What a span says is given as functions, which are
 * called when there is one.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import * as Tracer from "effect/Tracer"

/** What a span says. All names and keys are in docs/observability.md. */
export type Attributes = Readonly<Record<string, unknown>>

const annotate = (span: Tracer.AnySpan | undefined, attributes: Attributes): void => {
  if (span?._tag !== "Span") return
  for (const [key, value] of Object.entries(attributes)) span.attribute(key, value)
}

/**
 * Runs an effect in a span, which ends as the effect ends. `attributes` are there from the start, `results`
 * once the effect has succeeded.
 */
export const traced = <A, E, R>(
  name: string,
  effect: Effect.Effect<A, E, R>,
  attributes: () => Attributes,
  results?: (value: A) => Attributes
): Effect.Effect<A, E, R> =>
  Effect.withFiber((fiber) => {
    if (fiber.cache.tracer === undefined) return effect
    const told =
      results === undefined
        ? effect
        : Effect.tap(effect, (value) => Effect.annotateCurrentSpan(results(value)))
    return Effect.withSpan(told, name, { attributes: attributes() })
  })

/** A result as an effect, of which the span says something: for what runs inside {@link traced}. */
export const noted = <A, E>(
  evaluate: () => Result.Result<A, E>,
  results: (value: A) => Attributes
): Effect.Effect<A, E> =>
  Effect.withFiber((fiber) => {
    const result = evaluate()
    if (fiber.cache.tracer !== undefined && Result.isSuccess(result)) {
      annotate(fiber.cache.span, results(result.success))
    }
    return Effect.fromResult(result)
  })

/** Ends a span that has begun, unless it has ended. */
export type End = (
  exit: Exit.Exit<unknown, unknown>,
  results?: () => Attributes
) => Effect.Effect<void>

const endNothing: End = () => Effect.void

/**
 * Begins a span that ends by hand: for what goes on after the part of it that is told of. It is the
 * parent of nothing.
 */
export const begin = (name: string, attributes: () => Attributes): Effect.Effect<End> =>
  Effect.withFiber((fiber) => {
    if (fiber.cache.tracer === undefined) return Effect.succeed(endNothing)
    const clock = fiber.getRef(Clock.Clock)
    return Effect.map(
      Effect.makeSpan(name, { attributes: attributes() }),
      (span): End =>
        (exit, results) =>
          Effect.sync(() => {
            if (span.status._tag === "Ended") return
            if (results !== undefined) annotate(span, results())
            span.end(clock.currentTimeNanosUnsafe(), exit)
          })
    )
  })

/** Runs what outlives the span that it is begun in, and is no part of it. */
export const detached = <A, E>(
  effect: Effect.Effect<A, E, Scope.Scope>
): Effect.Effect<A, E, Scope.Scope> =>
  Effect.updateContext(effect, (context: Context.Context<Scope.Scope>) =>
    Context.omit(Tracer.ParentSpan)(context)
  )
