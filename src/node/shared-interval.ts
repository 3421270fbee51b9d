/**
 * As `setInterval`, at full multiples of `everyMs` by one clock: what is looked at every half second, every second and every two is
 * looked at in the same moment. A program that rests is woken so often as its quickest timer says, and not by each of a dozen
 * (waking costs more than looking does). Its first call comes within `everyMs`. Keeps no process alive. Returns how to stop.
 */
export function sharedInterval(everyMs: number, work: () => void): () => void {
  let timer: NodeJS.Timeout
  const arm = () => {
    // Never before the full multiple: it would be armed for the same one again.
    timer = setTimeout(tick, Math.ceil(everyMs - (performance.now() % everyMs))).unref()
  }
  const tick = () => {
    arm()
    work()
  }
  arm()
  return () => clearTimeout(timer)
}
