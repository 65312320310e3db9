/** What the desktop app gives to its page; absent in a browser. A test holds it to the app's own bridge. */
export interface DesktopBridge {
  desk(wish: {
    name: never
    params?: Record<string, string | number>
    query?: Record<string, string | number | boolean>
    body?: unknown
  }): Promise<{ status: number; body?: unknown }>
  openStream(wish: { path: string }): Promise<{ status: number; body?: unknown; stream: number }>
  closeStream(wish: { stream: number }): Promise<unknown>
  onStream(listener: (chunk: { stream: number; text: string | null }) => void): () => void
  chooseFile(wish: { kind: 'image' | 'catalog' | 'any' }): Promise<{ path: string | null }>
  /** Empty for a file that lies nowhere. */
  pathOf(file: File): string
  copyDiagnostics(wish: Record<string, never>): Promise<{ copied: boolean }>
}

/** The bridge of this page, or null. */
export const desktopBridge = (): DesktopBridge | null => (globalThis as { bty?: DesktopBridge }).bty ?? null
