import classes from './PeerShape.module.css'
import type { PeerMark } from './peer-mark.ts'

export interface PeerShapeProps {
  readonly mark: PeerMark
  /** Pixels; all of what it is in where absent. */
  readonly size?: number
}

/** A peer's sign: a shape and a colour for each kind. */
export function PeerShape({ mark, size }: PeerShapeProps) {
  return (
    <svg
      aria-hidden
      className={classes.shape}
      data-mark={mark}
      viewBox="0 0 20 20"
      width={size ?? '100%'}
      height={size ?? '100%'}
    >
      <Outline mark={mark} />
    </svg>
  )
}

function Outline({ mark }: { readonly mark: PeerMark }) {
  switch (mark) {
    case 'direct':
      return <circle cx="10" cy="10" r="7.5" />
    case 'relay':
      return (
        <>
          <circle cx="10" cy="10" r="4.5" />
          <circle cx="10" cy="10" r="8.5" fill="none" strokeWidth="2" />
        </>
      )
    case 'relayed':
      return <path d="M10 1 L19 10 L10 19 L1 10 Z" />
    case 'trouble':
      return <path d="M10 1.5 L19 18 L1 18 Z" />
  }
}
