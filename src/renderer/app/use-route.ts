import { useSyncExternalStore } from 'react'
import { parseRoute, type Route, routeHash } from './routes.ts'

function subscribe(listener: () => void): () => void {
  window.addEventListener('hashchange', listener)
  return () => window.removeEventListener('hashchange', listener)
}

export function useRoute(): Route {
  return parseRoute(useSyncExternalStore(subscribe, () => window.location.hash))
}

/** Goes to another place; `replace` leaves no step to come back to. */
export function useNavigate(): (route: Route, options?: { replace?: boolean }) => void {
  return navigate
}

function navigate(route: Route, { replace = false }: { replace?: boolean } = {}): void {
  const hash = routeHash(route)
  if (!replace) {
    window.location.hash = hash
    return
  }
  window.history.replaceState(null, '', hash)
  window.dispatchEvent(new HashChangeEvent('hashchange'))
}
