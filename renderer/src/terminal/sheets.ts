/**
 * Runs `work`, during which a `<style>` element that it makes is a constructed style sheet instead. xterm.js makes three while it
 * opens, and the console's policy forbids them; a sheet that a script of ours made is allowed.
 */
export function withSheets(doc: Document, work: () => void): void {
  const real = doc.createElement.bind(doc)
  doc.createElement = ((tag: string, options?: ElementCreationOptions) =>
    tag === 'style' ? sheetElement(doc, real) : real(tag, options)) as Document['createElement']
  try {
    work()
  } finally {
    Reflect.deleteProperty(doc, 'createElement') // the prototype's shows again
  }
}

/** Stands where a style element would; its text is the sheet's, and the sheet goes with it. */
function sheetElement(doc: Document, create: (tag: string) => HTMLElement): HTMLElement {
  const sheet = new CSSStyleSheet()
  doc.adoptedStyleSheets = [...doc.adoptedStyleSheets, sheet]
  const element = create('template')
  const remove = element.remove.bind(element)
  return Object.defineProperties(element, {
    textContent: { set: (text: string) => sheet.replaceSync(text) },
    remove: {
      value() {
        doc.adoptedStyleSheets = doc.adoptedStyleSheets.filter((other) => other !== sheet)
        remove()
      },
    },
  })
}
