/**
 * Runs in the page's process before the page, sandboxed: bundled to CommonJS, types only from the contract,
 * so that neither zod nor anything else travels along.
 */
import { contextBridge, ipcRenderer, webUtils } from 'electron'
import type {
  Bridge,
  Channel,
  Input,
  Output,
  STREAM,
  StreamChunk,
  VERSION_ARGUMENT,
  wireName,
} from './bridge.ts'

const call =
  <C extends Channel>(channel: C) =>
  (input: Input<C>): Promise<Output<C>> =>
    ipcRenderer.invoke(`bty:${channel}` satisfies ReturnType<typeof wireName<C>>, input) as Promise<Output<C>>

const marker = '--bty-version=' satisfies typeof VERSION_ARGUMENT
const stream = 'bty:stream' satisfies typeof STREAM
const version = process.argv.find((argument) => argument.startsWith(marker))?.slice(marker.length) ?? ''

const bridge: Bridge = {
  desktop: true,
  platform: process.platform,
  version,
  openExternal: call('openExternal'),
  copyDiagnostics: call('copyDiagnostics'),
  chooseFile: call('chooseFile'),
  online: call('online'),
  desk: call('desk'),
  openStream: call('openStream'),
  closeStream: call('closeStream'),
  pathOf: (file) => webUtils.getPathForFile(file as never),
  onStream(listener) {
    const hear = (_event: unknown, chunk: StreamChunk) => listener(chunk)
    ipcRenderer.on(stream, hear)
    return () => void ipcRenderer.off(stream, hear)
  },
}

contextBridge.exposeInMainWorld('bty', bridge)
// The page's window, for which this project's types of the main process have no name.
;(globalThis as unknown as { addEventListener(name: string, listener: () => void): void }).addEventListener(
  'online',
  () => void bridge.online({}).catch(() => undefined),
)
