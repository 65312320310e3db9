/**
 * Runs in the page's process before the page, sandboxed: bundled to CommonJS, types only from the contract,
 * so that neither zod nor anything else travels along.
 */
import { contextBridge, ipcRenderer } from 'electron'
import type { Bridge, Channel, Input, Output, VERSION_ARGUMENT, wireName } from './bridge.ts'

const call =
  <C extends Channel>(channel: C) =>
  (input: Input<C>): Promise<Output<C>> =>
    ipcRenderer.invoke(`bty:${channel}` satisfies ReturnType<typeof wireName<C>>, input) as Promise<Output<C>>

const marker = '--bty-version=' satisfies typeof VERSION_ARGUMENT
const version = process.argv.find((argument) => argument.startsWith(marker))?.slice(marker.length) ?? ''

const bridge: Bridge = {
  desktop: true,
  platform: process.platform,
  version,
  openExternal: call('openExternal'),
}

contextBridge.exposeInMainWorld('bty', bridge)
