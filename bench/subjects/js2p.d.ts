// js2p has no types of its own; this is the part of it that the benchmark uses.
declare module "js2p" {
  interface Message {
    /** Sub-flag, then what was sent. */
    readonly packets: ReadonlyArray<unknown>
  }
  interface MeshSocket {
    readonly incoming: import("node:net").Server
    readonly routing_table: ReadonlyMap<string, unknown>
    /** The messages it has seen, newest first: id and time. It searches them from the start. */
    waterfalls: Array<[Uint8Array, number]>
    connect(address: string, port: number): void
    send(packets: ReadonlyArray<Uint8Array>): void
    recv(): Message | undefined
    on(event: "message", listener: () => void): this
    close(): void
  }
  interface Js2p {
    readonly base: { compression: Array<number> }
    readonly mesh: {
      max_outgoing: number
      readonly MeshSocket: new (address: string, port: number) => MeshSocket
    }
  }
  const js2p: Js2p
  export default js2p
}
