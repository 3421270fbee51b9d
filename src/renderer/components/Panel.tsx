import { type ReactNode, useId } from 'react'
import classes from './Panel.module.css'

export interface PanelProps {
  readonly title?: string
  /** Its name where it shows none. */
  readonly label?: string
  readonly aside?: ReactNode
  /** Without inner padding, for tables that reach the border. */
  readonly flush?: boolean
  /** Takes the height that is left. */
  readonly grow?: boolean
  readonly children: ReactNode
}

/** One card: a border, a title, what belongs together. */
export function Panel({ title, label, aside, flush = false, grow = false, children }: PanelProps) {
  const id = useId()
  return (
    <section
      className={classes.panel}
      data-flush={flush || undefined}
      data-grow={grow || undefined}
      aria-label={label}
      aria-labelledby={title === undefined ? undefined : id}
    >
      {title !== undefined && (
        <div className={classes.head}>
          <h2 id={id} className={classes.title}>
            {title}
          </h2>
          <div className={classes.aside}>{aside}</div>
        </div>
      )}
      {children}
    </section>
  )
}

export interface TileProps {
  readonly label: string
  readonly value: ReactNode
  readonly unit?: string
  readonly detail: ReactNode
  readonly children?: ReactNode
}

/** One figure: what it is, the figure with its unit, and the line that explains it. */
export function Tile({ label, value, unit, detail, children }: TileProps) {
  const id = useId()
  return (
    <section className={classes.tile} aria-labelledby={id}>
      <h2 id={id} className={classes.tileLabel}>
        {label}
      </h2>
      <div className={classes.tileValue}>
        {value}
        {unit !== undefined && <span className={classes.tileUnit}>{unit}</span>}
      </div>
      <div className={classes.tileDetail}>{detail}</div>
      {children}
    </section>
  )
}

/** Facts in two columns: their names and their values. */
export function Facts({ facts }: { readonly facts: readonly (readonly [name: string, value: ReactNode])[] }) {
  return (
    <dl className={classes.facts}>
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}
