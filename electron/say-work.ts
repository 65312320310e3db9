/** Running work in the operator's words: in the tray, and when it would be lost. Pure. */
import type { Work } from '../server/work.ts'

const count = (n: number, one: string, many = `${one}s`) => `${n} ${n === 1 ? one : many}`

export const isIdle = ({ flashes, machines }: Work): boolean => flashes.length === 0 && machines === 0

/** `2 drives are being flashed and 1 machine boots from the network`; empty when nothing runs. */
export function workSentence({ flashes, machines }: Work): string {
  const drives = flashes.reduce((sum, flash) => sum + flash.drives, 0)
  const parts = [
    ...(drives > 0 ? [`${count(drives, 'drive is', 'drives are')} being flashed`] : []),
    ...(machines > 0
      ? [`${count(machines, 'machine boots or is flashed', 'machines boot or are flashed')} over the network`]
      : []),
  ]
  return parts.join(' and ')
}

/** One line for each flash: `debian.img.zst: 42 %`. */
export const flashLines = ({ flashes }: Work): string[] =>
  flashes.map(({ image, percent }) => `${image.slice(-60)}: ${percent === null ? 'running' : `${percent} %`}`)

export interface Question {
  message: string
  detail: string
  /** The first is the safe one, and what a closed question means. */
  buttons: [string, ...string[]]
  /** Label of the box that makes the answer the rule. */
  remember?: string
}

/** What is asked before the app ends; null when nothing would be lost. */
export function quitQuestion(work: Work): Question | null {
  if (isIdle(work)) return null
  const drives = work.flashes.length > 0 ? 'A drive that is only half written does not boot. ' : ''
  const machines =
    work.machines > 0
      ? 'Machines that lose this console stop where they are, and try again when it is back. '
      : ''
  return {
    message: 'Quit while work is running?',
    detail: `${sentence(workSentence(work))} ${drives}${machines}`.trim(),
    buttons: ['Keep running', 'Quit anyway'],
  }
}

/** What is asked when the window is closed for the first time. */
export const CLOSE_QUESTION: Question = {
  message: 'Keep serving without the window?',
  detail:
    'Machines can only boot and be flashed while this console runs. It can go on in the background: the icon in the tray, or starting bty console again, brings the window back.',
  buttons: ['Keep serving', 'Quit', 'Cancel'],
  remember: 'Do not ask again',
}

const sentence = (text: string) => `${text}.`
