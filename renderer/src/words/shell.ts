/** Words around the pages: signing in, the live sign, errors. */
import { duration } from '../format.ts'

export const liveWords = {
  on: 'Live',
  connecting: 'Connecting',
  lost: 'Live lost',
  lostSince: (seconds: number) =>
    `The console stopped answering ${duration(seconds)} ago. What you see may be out of date; trying again by itself.`,
  retry: 'Try now',
  back: 'Live again.',
}

export const errorWords = {
  noAnswer: 'The console does not answer. Check that it is still running on this laptop.',
  signIn: 'Your session has ended. Sign in again.',
  status: (status: number) => `The server answered ${status} without saying why.`,
  request: 'the request',
  missing: 'is missing.',
  unknownField: 'is not a field that the server knows.',
  pattern: 'has a form that is not allowed.',
  tooMany: (actual: number, max: number) => `has ${actual} entries; at most ${max} are allowed.`,
  tooLong: (max: number) => `is longer than ${max} characters.`,
  broken: (text: string) => `The console made a mistake: ${text}. Reload the page to go on.`,
}

/** The contract's field names as the screens call them. */
export const fieldWords: Record<string, string> = {
  bty_image_ref: 'image',
  labels: 'label',
  boot_mode: 'boot mode',
  sanboot_drive: 'BIOS drive',
  target_disk_serial: 'target disk',
  image_url: 'image URL',
  sha_url: 'checksum URL',
  password: 'password',
  network: 'network',
  mac: 'MAC',
}

export const loginWords = {
  title: 'Sign in',
  password: 'Password',
  submit: 'Sign in',
  wrong: 'That is not the password. Try again.',
  again: 'Your session has ended',
  againText: 'Sign in to go on where you were. What you typed is still there.',
  defaultHint: 'No password has been set yet; it is',
  defaultWhy: 'Other computers see this console only after you set one on the account page.',
}
