/**
 * A node's metrics, as Effect's: counters and gauges that any of its exporters finds
 * (`PrometheusMetrics`, `OtlpMetrics`, `Metric.snapshot`). See `MetricFamilies` for what they are.
 *
 * They are pulled. The node counts in plain numbers whether anybody looks or not; a series reads them when a
 * snapshot is made, so that metrics cost a message nothing. All series are there from the node's start,
 * each reason of each closed set included, so that a rate is right from the first event on; they go with the
 * node's scope.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { constVoid } from "effect/Function"
import * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import { Connections } from "./Connections.ts"
import { Identity } from "./Identity.ts"
import {
  families,
  type Family,
  PROTOCOL_OUTCOMES,
  protocolMessages,
  type Series,
  type Sources
} from "./MetricFamilies.ts"
import { Peers } from "./Peers.ts"
import { Protocols } from "./Protocols.ts"
import { Relay } from "./Relay.ts"
import { RelayCache } from "./RelayCache.ts"
import { Supervisor } from "./Supervisor.ts"

/** Registers a series that a function reads. */
type Register = (context: Context.Context<never>, read: () => number) => Metric.Registration

const noUpdate = { update: constVoid, modify: constVoid }

/** One series as a metric, shared by all nodes of the process: a node adds its label. */
const register = (
  { description, name, type, unit }: Omit<Family, "series">,
  labels: Series["labels"]
): Register => {
  // Not a label: OTLP's exporter takes it for the unit, in UCUM, where counted things stand in braces.
  const attributes = { ...labels, unit: unit === "bytes" ? unit : `{${unit}}` }
  if (type === "Gauge") {
    const metric = Metric.gauge(name, { description, attributes })
    return (context, read) =>
      Metric.registerUnsafe(metric, context, { get: () => ({ value: read() }), ...noUpdate })
  }
  const metric = Metric.counter(name, { description, attributes, incremental: true })
  return (context, read) =>
    Metric.registerUnsafe(metric, context, {
      get: () => ({ count: read(), incremental: true }),
      ...noUpdate
    })
}

const registers = families.flatMap((family) =>
  family.series.map(({ labels, read }) => ({ read, register: register(family, labels) }))
)

/**
 * Registers a node's metrics in the registry of the context in which it is built, under the label `node`:
 * its whole id, which is what its logs, its spans and its peers call it.
 */
export const layer: Layer.Layer<
  never,
  never,
  Connections | Identity | Peers | Protocols | Relay | RelayCache | Supervisor
> = Layer.effectDiscard(
  Effect.gen(function* () {
    const sources: Sources = {
      cache: yield* RelayCache,
      connections: yield* Connections,
      peers: yield* Peers,
      relay: yield* Relay,
      supervisor: yield* Supervisor
    }
    const protocols = yield* Protocols
    const { id } = yield* Identity
    const outer = yield* Metric.CurrentMetricAttributes
    const context = Context.add(yield* Effect.context<never>(), Metric.CurrentMetricAttributes, {
      ...outer,
      node: id
    })
    const registrations = registers.map(({ read, register }) =>
      register(context, () => read(sources))
    )
    protocols.onClaim((protocol, counters) => {
      const claimed = PROTOCOL_OUTCOMES.map((outcome) =>
        register(protocolMessages, { protocol, outcome })(context, () => counters[outcome])
      )
      return () => {
        for (const registration of claimed) registration.remove()
      }
    })
    yield* Effect.addFinalizer(() =>
      Effect.sync(() => {
        for (const registration of registrations) registration.remove()
      })
    )
  })
)
