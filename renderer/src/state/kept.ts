/** What this window remembers of itself across reloads; gone when it is closed. */
export const kept = {
  read(key: string): string | null {
    try {
      return sessionStorage.getItem(`bty.${key}`)
    } catch {
      return null // a browser that keeps nothing
    }
  },
  write(key: string, value: string): void {
    try {
      sessionStorage.setItem(`bty.${key}`, value)
    } catch {
      // it holds until the window is reloaded
    }
  },
}
