import { equal } from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { test } from 'node:test'

test('a process whose shell is ended gets SIGTERM', async () => {
  const script = `import { endWithParent } from ${JSON.stringify(join(import.meta.dirname, 'parent.ts'))}
    setInterval(() => {}, 1000)
    process.on('SIGTERM', () => process.stdout.write('SIGTERM', () => process.exit()))
    endWithParent()
    process.stdout.write('ready ')`
  // The trailing command keeps the shell from becoming the process itself.
  const shell = spawn('sh', ['-c', '"$0" --input-type=module -e "$1"; true', process.execPath, script])
  let said = ''
  shell.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text
    if (said === 'ready ') shell.kill('SIGTERM')
  })
  await once(shell.stdout, 'close')
  equal(said, 'ready SIGTERM')
})
