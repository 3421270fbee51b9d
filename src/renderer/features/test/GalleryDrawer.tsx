import { IconBooks } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { t } from '../../../locales/translate.ts'
import { useTRPC } from '../../api/client.ts'
import { EmptyState, LoadingRows } from '../../components/EmptyState.tsx'
import { ErrorState } from '../../components/ErrorState.tsx'
import classes from './drawers.module.css'
import { galleryWords } from './gallery-words.ts'
import { TestDrawer, type TestDrawerProps } from './TestDrawer.tsx'

/** The workflows that come with the program. One click puts one into the editor. */
export function GalleryDrawer({ opened, onClose, session }: TestDrawerProps) {
  return (
    <TestDrawer title={t('test:page.gallery')} opened={opened} onClose={onClose}>
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
      <EmptyState icon={IconBooks} title={t('test:gallery.empty')}>
        {t('test:gallery.emptyHint')}
      </EmptyState>
    )
  }
  return (
    <>
      <p className={classes.intro}>{t('test:gallery.intro')}</p>
      <ul className={classes.list}>
        {data.map(galleryWords).map(({ id, name, description, workflowJson, takesInput }) => (
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
                {takesInput && <span className={classes.chip}>{t('test:gallery.takesInput')}</span>}
              </span>
              <span className={classes.second}>{description}</span>
            </button>
          </li>
        ))}
      </ul>
    </>
  )
}
