import { basename, dirname, join } from 'node:path'
import type { DownloadItem, Session } from 'electron'
import { judge } from './navigation.ts'
import type { PreferenceFile } from './preferences.ts'
import type { Electron } from './window.ts'

/**
 * Files that the console gives away, such as backups and records of flashes: the system's save dialog asks where to, beginning in the folder
 * that was taken last. Nothing from elsewhere is saved. What did not arrive whole is told; Electron removes it.
 */
export function askWhereToSave(
  { app, dialog }: Pick<Electron, 'app' | 'dialog'>,
  session: Session,
  origin: string,
  preferences: PreferenceFile,
): void {
  session.on('will-download', (event, item) => {
    if (!isOurs(item, origin)) return event.preventDefault()
    const name = basename(item.getFilename())
    const folder = preferences.current.saveFolder ?? app.getPath('downloads')
    item.setSaveDialogOptions({ title: `Save ${name}`, defaultPath: join(folder, name) })
    item.once('done', (_event, state) => {
      if (state === 'completed') preferences.change({ saveFolder: dirname(item.getSavePath()) })
      else if (state === 'interrupted')
        dialog.showErrorBox(
          `${name} was not saved`,
          `${item.getReceivedBytes()} of ${item.getTotalBytes() || 'an unknown number of'} bytes arrived. See whether the disk is full, and save it again.`,
        )
    })
  })
}

/** By the end of all redirects; a page may also save what it has made itself, such as a list. */
function isOurs(item: DownloadItem, origin: string): boolean {
  const url = item.getURL()
  if (url.startsWith(`blob:${origin}/`)) return true
  return [url, ...item.getURLChain()].every((each) => judge(each, origin) === 'stay')
}
