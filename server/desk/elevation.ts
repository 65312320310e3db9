/** Why the helper got no rights, as an operator understands it. Pure. */
import type { HelperMode } from '../../flasher/helper/messages.ts'

export type ElevationFailure = 'cancelled' | 'refused' | 'no-agent' | 'other'

/** By what pkexec(1), sudo, osascript and PowerShell say and return. `text` holds exit code and error output. */
export function elevationFailure(text: string): ElevationFailure {
  if (
    /no authentication agent|no polkit authentication agent|no tty present|a terminal is required/i.test(text)
  )
    return 'no-agent'
  if (/ended with 126\b|request dismissed|user cancell?ed|\(-128\)|cancell?ed by the user/i.test(text))
    return 'cancelled'
  if (/not authorized|not in the sudoers|incorrect password|\(-60005\)|access is denied/i.test(text))
    return 'refused'
  return 'other'
}

const SENTENCES: Record<Exclude<ElevationFailure, 'other'>, string> = {
  cancelled: 'The question for the password was closed, so nothing was done. Try again and answer it.',
  refused:
    'The system did not grant the rights, so nothing was done. Someone who may administer this machine has to answer the question for the password.',
  'no-agent':
    'No program that asks for the password runs in this session, so nothing was done. Start “Rights for disks” on the Terminal page, type the password there, and try again.',
}

const NO_AGENT_FOR_PORTS =
  'No program that asks for the password runs in this session, so nothing was done. Run the command that is shown with this in a terminal instead.'

/** The sentence for the operator; what is not known is told as it was said. */
export function explainElevation(text: string, mode: HelperMode = 'disks'): string {
  const failure = elevationFailure(text)
  if (failure === 'no-agent' && mode === 'low-ports') return NO_AGENT_FOR_PORTS
  return failure === 'other' ? text : SENTENCES[failure]
}
