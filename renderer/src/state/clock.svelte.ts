/** The time, moving once a second while somebody looks at it. */
import { createSubscriber } from 'svelte/reactivity'

const follow = createSubscriber((update) => {
  const timer = setInterval(update, 1000)
  return () => clearInterval(timer)
})

export const clock = {
  /** Milliseconds since the epoch. */
  get nowMs(): number {
    follow()
    return Date.now()
  },
}
