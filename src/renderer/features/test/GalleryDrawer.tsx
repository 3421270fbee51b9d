import { IconBooks } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useTRPC } from '../../api/client.ts'
import { EmptyState, LoadingRows } from '../../components/EmptyState.tsx'
import { ErrorState } from '../../components/ErrorState.tsx'
import classes from './drawers.module.css'
import { TestDrawer, type TestDrawerProps } from './TestDrawer.tsx'

/** The workflows that come with the program. One click puts one into the editor. */
export function GalleryDrawer({ opened, onClose, session }: TestDrawerProps) {
  return (
    <TestDrawer title="Gallery" opened={opened} onClose={onClose}>
      <Gallery session={session} onClose={onClose} />
    </TestDrawer>
  )
}

function Gallery({ session, onClose }: Pick<TestDrawerProps, 'session' | 'onClose'>) {
  const { data, error, refetch } = useQuery(useTRPC().test.gallery.queryOptions())
  if (error !== null && data === undefined) return <ErrorState error={error} onRetry={() => void refetch()} />
  if (data === undefined) return <LoadingRows />
  if (data.length === 0) {
    return (
      <EmptyState icon={IconBooks} title="No workflows came with this program">
        Open one of your own with Ctrl O.
      </EmptyState>
    )
  }
  return (
    <>
      <p className={classes.intro}>
        Ready workflows to run, read and change. One replaces what is in the editor; Ctrl Z there brings it
        back.
      </p>
      <ul className={classes.list}>
        {data.map(({ id, name, description, workflowJson, takesInput }) => (
          <li key={id}>
            <button
              type="button"
              className={classes.item}
              onClick={() => {
                session.take({ name, savedText: workflowJson })
                onClose()
              }}
            >
              <span className={classes.first}>
                <span className={classes.name}>{name}</span>
                {takesInput && <span className={classes.chip}>takes an input</span>}
              </span>
              <span className={classes.second}>{description}</span>
            </button>
          </li>
        ))}
      </ul>
    </>
  )
}
