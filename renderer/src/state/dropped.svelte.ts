/** What was dropped on the window and waits for the page that takes it. */
export class DroppedState {
  /** For the page Images. */
  catalog = $state.raw<File | null>(null)
  /** For the page Flash: a path of this laptop, or a bare name where nobody tells the folder. */
  image = $state<string | null>(null)
}
