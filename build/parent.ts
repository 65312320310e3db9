const LOOK_MS = 250

/**
 * Ends this process with SIGTERM when the one that started it goes. npm runs scripts through a shell that dies of a
 * signal without passing it on, and a console left behind would keep its ports and its state directory.
 */
export function endWithParent(): void {
  const parent = process.ppid
  const timer = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(timer)
    process.kill(process.pid, 'SIGTERM')
  }, LOOK_MS)
  timer.unref()
}
