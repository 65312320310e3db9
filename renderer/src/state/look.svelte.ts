/** How the console looks; kept in this browser, taken over by its other windows. */
export const SCHEMES = ['system', 'light', 'dark'] as const
export type Scheme = (typeof SCHEMES)[number]

const KEY = 'bty.look'

export class LookState {
  scheme = $state<Scheme>('system')
  contrast = $state(false)
  readonly #system = matchMedia('(prefers-contrast: more)')

  /** Reads the choice and keeps the page in step with it. Returns its undo. */
  watch(): () => void {
    this.#read()
    const told = (event: StorageEvent) => event.key === KEY && this.#read()
    const changed = () => this.#apply()
    addEventListener('storage', told)
    this.#system.addEventListener('change', changed)
    return () => {
      removeEventListener('storage', told)
      this.#system.removeEventListener('change', changed)
    }
  }

  choose(scheme: Scheme, contrast: boolean): void {
    this.scheme = scheme
    this.contrast = contrast
    try {
      localStorage.setItem(KEY, JSON.stringify({ scheme, contrast }))
    } catch {
      // a browser that keeps nothing still shows it until it is closed
    }
    this.#apply()
  }

  #read(): void {
    try {
      const kept = JSON.parse(localStorage.getItem(KEY) ?? '{}') as { scheme?: unknown; contrast?: unknown }
      this.scheme = SCHEMES.find((scheme) => scheme === kept.scheme) ?? 'system'
      this.contrast = kept.contrast === true
    } catch {
      // somebody else's value
    }
    this.#apply()
  }

  #apply(): void {
    const { dataset } = document.documentElement
    dataset['scheme'] = this.scheme
    dataset['contrast'] = this.contrast || this.#system.matches ? 'more' : 'plain'
  }
}
