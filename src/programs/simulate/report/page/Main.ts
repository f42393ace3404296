/**
 * The page of a report comes alive.
 *
 * @since 0.1.0
 */
import { App } from "./App.ts"
import type { ReportData } from "./Data.ts"
import { byId } from "./Dom.ts"
import { renderHeader } from "./Header.ts"
import { attachInput } from "./Input.ts"
import { modelOf } from "./Model.ts"

/** Reads the data that the page carries, and shows it. */
export const main = (): void => {
  const data: ReportData = JSON.parse(byId("data").textContent ?? "")
  const model = modelOf(data)
  renderHeader(model)
  attachInput(new App(model))
}
