import type { IpcMain, IpcMainInvokeEvent } from 'electron'
import { CHANNELS, type Channel, type Input, type Output, wireName } from './bridge.ts'

export type Handlers = { [C in Channel]: (input: Input<C>) => Promise<Output<C>> }

/**
 * Answers the page's calls. A call is refused unless `trusts` accepts its sender and the payload fits the contract;
 * the refusal reaches the page as a rejected promise that names the channel.
 */
export function serveChannels(
  ipcMain: Pick<IpcMain, 'handle'>,
  handlers: Handlers,
  trusts: (event: IpcMainInvokeEvent) => boolean,
): void {
  for (const channel of Object.keys(CHANNELS) as Channel[])
    ipcMain.handle(wireName(channel), async (event, payload: unknown) => {
      if (!trusts(event)) throw new Error(`${channel}: refused, the caller is not the console's window`)
      const input = CHANNELS[channel].input.safeParse(payload)
      if (!input.success) throw new Error(`${channel}: ${input.error.issues[0]?.message ?? 'wrong payload'}`)
      return handlers[channel](input.data as never)
    })
}

/** True for the main frame of one window while it shows the console; frames inside it and other pages are strangers. */
export function isConsole(event: IpcMainInvokeEvent, webContentsId: number, origin: string): boolean {
  const frame = event.senderFrame
  if (frame === null || event.sender.id !== webContentsId) return false
  return frame.parent === null && frame.origin === origin
}
