import type { BrowserWindow } from 'electron'
import type { Question } from './say-work.ts'
import type { Electron } from './window.ts'

/** Which button the operator took, and whether for good. A question that is closed was answered with the first. */
export async function ask(
  { dialog }: Pick<Electron, 'dialog'>,
  question: Question,
  window: BrowserWindow | null,
): Promise<{ button: string; always: boolean }> {
  const box = {
    type: 'question' as const,
    message: question.message,
    detail: question.detail,
    buttons: question.buttons,
    defaultId: 0,
    cancelId: question.buttons.includes('Cancel') ? question.buttons.indexOf('Cancel') : 0,
    ...(question.remember !== undefined && { checkboxLabel: question.remember }),
  }
  const { response, checkboxChecked } = await (window === null
    ? dialog.showMessageBox(box)
    : dialog.showMessageBox(window, box))
  return { button: question.buttons[response] ?? question.buttons[0], always: checkboxChecked }
}
