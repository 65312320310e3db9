/** Notifications of the desktop when a flash ends. The browser asks the operator, and only when told to. */
export class NotifyState {
  /** `unsupported`: this browser has none, or the page is not allowed to have them. */
  permission = $state<NotificationPermission | 'unsupported'>(
    'Notification' in globalThis && isSecureContext ? Notification.permission : 'unsupported',
  )

  async ask(): Promise<void> {
    if (this.permission !== 'unsupported') this.permission = await Notification.requestPermission()
  }

  /** Nothing is shown while somebody looks at the window. `open` shows what it is about, once it is clicked. */
  tell(text: string, about: string, open: () => void): void {
    if (this.permission !== 'granted' || document.hasFocus()) return
    const shown = new Notification(text, { tag: about })
    shown.onclick = () => {
      window.focus()
      open()
      shown.close()
    }
  }
}
