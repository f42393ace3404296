import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import * as Context from "effect/Context"
import * as TcpMeshNode from "../src/layers/TcpMeshNode.ts"
import { Mesh } from "../src/services/Mesh.ts"
import { Address } from "../src/domain/Address.ts"
const node = (port: number, join: number[]) => Effect.map(Layer.build(TcpMeshNode.layer({subnets:["mesh"], listen:[new Address({scheme:"tcp",host:"127.0.0.1",port})], join: join.map(p=>new Address({scheme:"tcp",host:"127.0.0.1",port:p}))})), c => Context.get(c, Mesh))
const program = Effect.scoped(Effect.gen(function*(){
  const a = yield* node(45001, [])
  yield* Effect.forkScoped(Stream.runForEach(a.peerEvents, e => Effect.sync(()=>console.log("A", JSON.stringify(e)))))
  yield* Effect.forkScoped(Stream.runForEach(a.messages, e => Effect.sync(()=>console.log("A msg", e.id, e.payload))))
  const b = yield* node(45002, [45001])
  yield* Effect.forkScoped(Stream.runForEach(b.peerEvents, e => Effect.sync(()=>console.log("B", JSON.stringify(e)))))
  yield* Effect.sleep(300)
  console.log(yield* b.peers)
  yield* b.broadcast(["hi",1,{a:[1n]}])
  yield* b.broadcast(["hi",1,{a:[1n]}])
  yield* b.send(a.id, ["whisper"])
  yield* Effect.sleep(200)
  console.log(yield* a.counters)
}))
await Effect.runPromise(program)
console.log("done")
