/** An attachment that calls `work` each time its element comes into sight, a little ahead. */
export function whenSeen(work: () => void): (element: Element) => () => void {
  return (element) => {
    const observer = new IntersectionObserver(
      (entries) => {
        if (!entries.some((entry) => entry.isIntersecting)) return
        work()
        // Only a change is told; after more rows the element may still be in sight.
        observer.unobserve(element)
        observer.observe(element)
      },
      { rootMargin: '600px' },
    )
    observer.observe(element)
    return () => observer.disconnect()
  }
}
