/** The address bar as state. Links are ordinary links; clicks on ours change the screen without a reload. */
import { pathOf, type Screen, screenOf } from '../paths.ts'
import { kept } from './kept.ts'

export class RouteState {
  path = $state(location.pathname)
  readonly screen: Screen = $derived(screenOf(this.path))

  /** Follows the browser's back and forward buttons, and links of this page. Returns its undo. */
  watch(): () => void {
    const back = () => (this.path = location.pathname)
    const click = (event: MouseEvent) => {
      const link = ownLink(event)
      if (link === null) return
      event.preventDefault()
      this.#show(link.pathname, false, link.search)
    }
    // A reload after the session has ended leads to the sign-in page, which cannot know where from.
    const leave = () => {
      if (this.screen.view !== 'login') kept.write('at', location.pathname + location.search)
    }
    addEventListener('popstate', back)
    addEventListener('pagehide', leave)
    document.addEventListener('click', click)
    return () => {
      removeEventListener('popstate', back)
      removeEventListener('pagehide', leave)
      document.removeEventListener('click', click)
    }
  }

  go(screen: Screen, options: { replace?: boolean } = {}): void {
    this.#show(pathOf(screen), options.replace ?? false)
  }

  /** After signing in: back to where this window was last. */
  resume(): void {
    const [path = '', search] = (kept.read('at') ?? '').split('?')
    if (path.startsWith('/ui/')) this.#show(path, true, search === undefined ? '' : `?${search}`)
    else this.go({ view: 'dashboard' }, { replace: true })
  }

  #show(path: string, replace: boolean, search = ''): void {
    if (path !== this.path || search !== location.search)
      history[replace ? 'replaceState' : 'pushState'](null, '', path + search)
    this.path = path
    scrollTo(0, 0)
    // The next Tab starts at the new screen, and a screen reader reads it.
    document.getElementById('main')?.focus({ preventScroll: true })
  }
}

/** Where a plain click on a link to another of our screens leads, else null. */
function ownLink(event: MouseEvent): HTMLAnchorElement | null {
  if (
    event.defaultPrevented ||
    event.button !== 0 ||
    event.metaKey ||
    event.ctrlKey ||
    event.shiftKey ||
    event.altKey
  )
    return null
  const link = event.target instanceof Element ? event.target.closest('a') : null
  if (link === null || link.target !== '' || link.hasAttribute('download') || link.origin !== location.origin)
    return null
  if (link.hash !== '' && link.pathname === location.pathname) return null
  return link.pathname.startsWith('/ui') ? link : null
}
