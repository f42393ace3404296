// A tracer that keeps all spans it was asked for, for tests.

import * as Tracer from "effect/Tracer"

export interface Collected {
  readonly tracer: Tracer.Tracer
  readonly spans: ReadonlyArray<Tracer.NativeSpan>
  /** The spans of a name, in the order in which they began. */
  readonly named: (name: string) => ReadonlyArray<Tracer.NativeSpan>
}

export const collect = (): Collected => {
  const spans: Array<Tracer.NativeSpan> = []
  const tracer = Tracer.make({
    span: (options) => {
      const span = new Tracer.NativeSpan(options)
      spans.push(span)
      return span
    }
  })
  return { tracer, spans, named: (name) => spans.filter((span) => span.name === name) }
}

/** What a span came to: `Open` while it has not ended, else how it ended. */
export const endOf = ({ status }: Tracer.Span): "Open" | "Success" | "Failure" =>
  status._tag === "Started" ? "Open" : status.exit._tag
