/** Who is told of Ctrl-C: the one who asked last. */
export interface Interrupts {
  /** Ctrl-C calls `handler` until the returned value is disposed of. */
  take(handler: () => void): Disposable
}

export interface InterruptStack extends Interrupts {
  /** Ctrl-C was pressed. */
  raise(): void
}

/** `otherwise` is called when nobody asked. */
export function interruptStack(otherwise: () => void): InterruptStack {
  const handlers: (() => void)[] = []
  return {
    take(handler) {
      handlers.push(handler)
      return {
        [Symbol.dispose]() {
          const at = handlers.lastIndexOf(handler)
          if (at >= 0) handlers.splice(at, 1)
        },
      }
    },
    raise() {
      const handler = handlers.at(-1) ?? otherwise
      handler()
    },
  }
}
