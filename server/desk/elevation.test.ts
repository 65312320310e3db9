import { equal, match } from 'node:assert/strict'
import { test } from 'node:test'
import { elevationFailure, explainElevation, type ElevationFailure } from './elevation.ts'

const said: [what: string, text: string, failure: ElevationFailure][] = [
  [
    'pkexec, closed',
    'pkexec is no helper: it ended with 126: Error executing command as another user: Request dismissed',
    'cancelled',
  ],
  [
    'pkexec, wrong password',
    'it ended with 127: Error executing command as another user: Not authorized\n\nThis incident has been reported.',
    'refused',
  ],
  [
    'pkexec, no agent',
    'it ended with 127: Error executing command as another user: No authentication agent found.',
    'no-agent',
  ],
  ['osascript, closed', 'it ended with 1: 0:85: execution error: User canceled. (-128)', 'cancelled'],
  [
    'osascript, wrong name',
    'it ended with 1: execution error: The administrator user name or password was incorrect. (-60007)',
    'other',
  ],
  [
    'UAC, no',
    'it ended with 1: Start-Process : This command cannot be run due to the error: The operation was canceled by the user.',
    'cancelled',
  ],
  ['sudo, without a terminal', 'sudo: a terminal is required to read the password', 'no-agent'],
  ['sudo, stranger', 'alice is not in the sudoers file.', 'refused'],
  ['another helper', 'the helper speaks version 2 of the protocol', 'other'],
]
for (const [what, text, failure] of said)
  test(`${what}: ${failure}`, () => equal(elevationFailure(text), failure))

test('each outcome has a sentence with a next step, what is unknown is told as it is', () => {
  match(explainElevation('Request dismissed'), /nothing was done\. Try again/)
  match(explainElevation('No authentication agent found.'), /“Rights for disks” on the Terminal page/)
  match(explainElevation('No authentication agent found.', 'low-ports'), /Run the command/)
  equal(explainElevation('disk on fire'), 'disk on fire')
})
