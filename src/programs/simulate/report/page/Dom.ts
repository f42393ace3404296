/**
 * Elements of the page, made and found.
 *
 * @since 0.1.0
 */

type Child = Node | string

/** An element with its class and what is in it. Text is text: nothing of a recording is taken for markup. */
export const element = (
  tag: string,
  className: string,
  ...children: ReadonlyArray<Child>
): HTMLElement => {
  const made = document.createElement(tag)
  if (className !== "") made.className = className
  made.append(...children)
  return made
}

/** A button that does something. */
export const button = (className: string, label: Child, onClick: () => void): HTMLElement => {
  const made = element("button", className, label)
  made.setAttribute("type", "button")
  made.addEventListener("click", onClick)
  return made
}

/** The element of the page with an id. */
export const byId = (id: string): HTMLElement => {
  const found = document.getElementById(id)
  if (found === null) throw new Error(`the page lacks #${id}`)
  return found
}

/** A row of a name and a value. */
export const fact = (name: string, ...value: ReadonlyArray<Child>): HTMLElement =>
  element("div", "fact", element("span", "name", name), element("span", "value", ...value))

/** A part of the side panel. */
export const section = (title: Child, ...children: ReadonlyArray<Child>): HTMLElement =>
  element("section", "", element("h2", "", title), ...children)

/** A canvas that is as sharp as the screen. */
export class Sheet {
  readonly canvas: HTMLCanvasElement
  readonly context: CanvasRenderingContext2D
  width = 0
  height = 0

  constructor(id: string) {
    const found = byId(id)
    if (!(found instanceof HTMLCanvasElement)) throw new Error(`#${id} is no canvas`)
    const context = found.getContext("2d")
    if (context === null) throw new Error("this browser draws on no canvas")
    this.canvas = found
    this.context = context
  }

  /** Fits its pixels to its size. */
  fit(): void {
    const { height, width } = this.canvas.getBoundingClientRect()
    const ratio = devicePixelRatio
    this.width = width
    this.height = height
    const pixels = Math.round(width * ratio)
    const lines = Math.round(height * ratio)
    if (this.canvas.width !== pixels) this.canvas.width = pixels
    if (this.canvas.height !== lines) this.canvas.height = lines
    this.context.setTransform(ratio, 0, 0, ratio, 0, 0)
  }
}
