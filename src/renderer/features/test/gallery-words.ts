import type gallery from '../../../locales/en/gallery.json'
import { i18n, t } from '../../../locales/translate.ts'
import type { GalleryItemView } from '../../../protocol/views.ts'

/** A workflow with the words of the window for it; one that there are none for keeps those in its file. */
export function galleryWords(item: GalleryItemView): GalleryItemView {
  const { id } = item
  if (!hasWords(id)) return item
  return { ...item, name: t(`gallery:${id}.name`), description: t(`gallery:${id}.description`) }
}

function hasWords(id: string): id is keyof typeof gallery {
  return i18n.exists(`gallery:${id}.name`)
}
