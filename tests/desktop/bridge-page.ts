/** A page of Chromium with the app's real preload script and the real other end of the bridge, in place of Electron's window. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { BrowserContext } from 'playwright-core'
import { bundlePreload } from '../../build/desktop.ts'
import { deskCalls } from '../../electron/desk-calls.ts'
import { type Handlers, serveChannels } from '../../electron/ipc.ts'
import type { RunningServer } from '../../server/start.ts'

export interface BridgePage {
  /** Names of the calls that arrived, with the route of desk calls. */
  calls: string[]
  close(): void
}

/** Every page that the context opens from now on has the bridge to this server. */
export async function withBridge(
  context: BrowserContext,
  server: RunningServer,
  outDir: string,
  more: Partial<Handlers> = {},
): Promise<BridgePage> {
  await bundlePreload(join(import.meta.dirname, '../..'), outDir)
  const source = readFileSync(join(outDir, 'preload.cjs'), 'utf8')
  const calls: string[] = []
  const url = server.urls[0]!
  const desk = deskCalls({
    inside: server.inside,
    cookie: async () => (await context.cookies(url)).map(({ name, value }) => `${name}=${value}`).join('; '),
    send: (chunk) => {
      for (const page of context.pages())
        void page
          .evaluate((given) => (globalThis as never as Page).fromMain(given), chunk)
          .catch(() => undefined)
    },
  })
  const channels = new Map<string, (event: unknown, payload: unknown) => Promise<unknown>>()
  serveChannels(
    { handle: (channel, listener) => void channels.set(channel, listener as never) },
    {
      openExternal: async () => ({ opened: false }),
      copyDiagnostics: async () => ({ copied: true }),
      chooseFile: async () => ({ path: null }),
      online: async () => ({}),
      desk(wish) {
        calls.push(`desk ${wish.name}`)
        return desk.desk(wish)
      },
      openStream(wish) {
        calls.push('openStream')
        return desk.openStream(wish)
      },
      closeStream: (wish) => desk.closeStream(wish),
      ...more,
    },
    () => true,
  )
  await context.exposeFunction('toMain', (channel: string, payload: unknown) =>
    channels.get(channel)!(null, payload),
  )
  await context.addInitScript(`(() => {
    const toMain = window.toMain
    const webUtils = { getPathForFile: (file) => '/home/anna/' + file.name }
    const listeners = new Set()
    const contextBridge = {
      exposeInMainWorld: (name, api) =>
        Object.defineProperty(window, name, { value: Object.freeze({ ...api }), writable: false, configurable: false }),
    }
    const ipcRenderer = {
      invoke: (channel, payload) => toMain(channel, payload),
      on: (channel, listener) => channel === 'bty:stream' && listeners.add(listener),
      off: (channel, listener) => listeners.delete(listener),
    }
    window.fromMain = (chunk) => listeners.forEach((listener) => listener({}, chunk))
    const require = () => ({ contextBridge, ipcRenderer, webUtils })
    const process = { platform: 'linux', argv: ['electron', '--bty-version=1.2.3'] }
    const module = { exports: {} }
    ;((require, process, module, exports) => { ${source} })(require, process, module, module.exports)
  })()`)
  return { calls, close: () => desk.close() }
}

interface Page {
  fromMain(chunk: unknown): void
}
