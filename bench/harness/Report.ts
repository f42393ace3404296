import { Schema } from "effect"

// What a child process says to the harness. Children only import the types: loading Schema there
// would count into their memory.

export const NetworkResult = Schema.TaggedStruct("NetworkResult", {
  broadcasts: Schema.Finite,
  deliveries: Schema.Finite,
  percentDelivered: Schema.Finite,
  complete: Schema.Boolean,
  foreign: Schema.Finite,
  seconds: Schema.Finite,
  deliveriesPerSecond: Schema.Finite,
  cpuMicrosPerDelivery: Schema.Finite,
  peakMemoryBytes: Schema.Finite,
  latency: Schema.optionalKey(
    Schema.Struct({
      samples: Schema.Finite,
      lost: Schema.Finite,
      p50Millis: Schema.Finite,
      p99Millis: Schema.Finite
    })
  )
})
export type NetworkResult = typeof NetworkResult.Type

/** The receiver of a stream is ready for its sender. */
export const Listening = Schema.TaggedStruct("Listening", { address: Schema.String })
export type Listening = typeof Listening.Type

export const ReceiveResult = Schema.TaggedStruct("ReceiveResult", {
  messages: Schema.Finite,
  percentDelivered: Schema.Finite,
  seconds: Schema.Finite,
  messagesPerSecond: Schema.Finite,
  cpuMicrosPerMessage: Schema.Finite,
  peakMemoryBytes: Schema.Finite
})
export type ReceiveResult = typeof ReceiveResult.Type

export const SendResult = Schema.TaggedStruct("SendResult", {
  cpuMicrosPerMessage: Schema.Finite,
  peakMemoryBytes: Schema.Finite
})
export type SendResult = typeof SendResult.Type

export const SimulationResult = Schema.TaggedStruct("SimulationResult", {
  /** The run's trace: equal in all runs of one size and version. */
  trace: Schema.String,
  events: Schema.Finite,
  buildMillisPerNode: Schema.Finite,
  settleMillisPerNode: Schema.Finite,
  startSeconds: Schema.Finite,
  startCpuSeconds: Schema.Finite,
  connectionsPerNode: Schema.Finite,
  aliveBytesPerNode: Schema.Finite,
  residentBytes: Schema.Finite,
  peakMemoryBytes: Schema.Finite,
  trafficEvents: Schema.Finite,
  eventsPerSecond: Schema.Finite,
  cpuMicrosPerEvent: Schema.Finite,
  percentDelivered: Schema.Finite
})
export type SimulationResult = typeof SimulationResult.Type

/** The subject is not to be had here, which is no failure of the run. */
export const Unavailable = Schema.TaggedStruct("Unavailable", { reason: Schema.String })
export type Unavailable = typeof Unavailable.Type

export const Failed = Schema.TaggedStruct("Failed", { reason: Schema.String })
export type Failed = typeof Failed.Type

export const Report = Schema.Union([
  NetworkResult,
  Listening,
  ReceiveResult,
  SendResult,
  SimulationResult,
  Unavailable,
  Failed
])
export type Report = typeof Report.Type
