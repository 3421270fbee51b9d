import {
  ActionIcon,
  Button,
  Checkbox,
  type CSSVariablesResolver,
  createTheme,
  Drawer,
  defaultVariantColorsResolver,
  Input,
  type MantineColorsTuple,
  type MantineThemeOverride,
  Menu,
  Modal,
  MultiSelect,
  Notification,
  NumberInput,
  Popover,
  Select,
  Switch,
  Textarea,
  TextInput,
  Tooltip,
} from '@mantine/core'
import { t } from '../../locales/translate.ts'

/** Earning, done. */
const leaf: MantineColorsTuple = [
  '#e6f7ee',
  '#ddf4e8',
  '#a9e8ca',
  '#6fdfae',
  '#3fd693',
  '#2bbd7d',
  '#149a62',
  '#0a7547',
  '#085c38',
  '#06432a',
]
/** Running. */
const sky: MantineColorsTuple = [
  '#eaf3fd',
  '#e0eefb',
  '#b9d9f9',
  '#93c9ff',
  '#6db7ff',
  '#3d97ec',
  '#2079cf',
  '#165fa6',
  '#124c85',
  '#0d3962',
]
/** Waiting, or money on its way. */
const amber: MantineColorsTuple = [
  '#fdf5e3',
  '#fbeed2',
  '#f5dba5',
  '#efc878',
  '#e9b44c',
  '#cf982a',
  '#a97714',
  '#835600',
  '#684400',
  '#4d3200',
]
/** Needs you. */
const red: MantineColorsTuple = [
  '#fdeeec',
  '#fde4e2',
  '#fbc3be',
  '#fd9c94',
  '#ff7a70',
  '#e4564b',
  '#c93a2f',
  '#ac271d',
  '#8a1f17',
  '#661812',
]
/** Mantine's neutral steps in the dark theme, with a little green in them. */
const dark: MantineColorsTuple = [
  '#e8efeb',
  '#c3cfc9',
  '#93a39b',
  '#7d8d85',
  '#33423b',
  '#24302b',
  '#1a2320',
  '#141b18',
  '#0e1311',
  '#0a0e0c',
]

const fontFamily = '"Inter Variable", Inter, system-ui, "Noto Sans", "DejaVu Sans", sans-serif' // not words
const fontFamilyMonospace =
  '"JetBrains Mono Variable", "JetBrains Mono", ui-monospace, "DejaVu Sans Mono", monospace' // not words

export const theme = createTheme({
  colors: { leaf, sky, amber, red, dark },
  primaryColor: 'leaf',
  primaryShade: { light: 7, dark: 4 },
  // Filled buttons are bright in the dark theme and deep in the light one; their text is the opposite.
  variantColorResolver: (input) => {
    const colors = defaultVariantColorsResolver(input)
    return input.variant === 'filled' ? { ...colors, color: 'var(--driad-on-filled)' } : colors
  },
  fontFamily,
  fontFamilyMonospace,
  fontSizes: { xs: '12.5px', sm: '13.5px', md: '14px', lg: '16px', xl: '18px' },
  spacing: { xs: '8px', sm: '12px', md: '16px', lg: '20px', xl: '28px' },
  radius: { xs: '4px', sm: '6px', md: '8px', lg: '12px', xl: '16px' },
  defaultRadius: 'md',
  headings: {
    fontFamily,
    fontWeight: '650',
    sizes: { h1: { fontSize: '18px' }, h2: { fontSize: '14px' }, h3: { fontSize: '13.5px' } },
  },
  respectReducedMotion: true,
  cursorType: 'pointer',
  focusRing: 'auto',
  components: {
    Button: Button.extend({ defaultProps: { size: 'xs', variant: 'default' } }),
    ActionIcon: ActionIcon.extend({ defaultProps: { variant: 'subtle', color: 'gray', size: 28 } }),
    TextInput: TextInput.extend({ defaultProps: { size: 'xs' } }),
    Textarea: Textarea.extend({ defaultProps: { size: 'xs' } }),
    NumberInput: NumberInput.extend({ defaultProps: { size: 'xs' } }),
    Input: Input.extend({ defaultProps: { size: 'xs' } }),
    Select: Select.extend({
      defaultProps: {
        size: 'xs',
        checkIconPosition: 'right',
        allowDeselect: false,
        comboboxProps: { transitionProps: { duration: 100 } },
      },
    }),
    MultiSelect: MultiSelect.extend({ defaultProps: { size: 'xs', checkIconPosition: 'right' } }),
    Checkbox: Checkbox.extend({ defaultProps: { size: 'xs' } }),
    Switch: Switch.extend({
      defaultProps: { size: 'sm', withThumbIndicator: false },
      // Under the label, which has that much room before it.
      styles: {
        description: {
          maxWidth: '84ch',
          marginTop: 1,
          paddingInlineStart: 12,
          fontSize: 12.5,
          lineHeight: 1.45,
        },
      },
    }),
    Menu: Menu.extend({ defaultProps: { shadow: 'md', transitionProps: { duration: 100 } } }),
    Popover: Popover.extend({ defaultProps: { shadow: 'md', transitionProps: { duration: 100 } } }),
    Tooltip: Tooltip.extend({
      defaultProps: {
        openDelay: 350,
        withArrow: true,
        transitionProps: { duration: 100 },
        events: { hover: true, focus: true, touch: false },
      },
    }),
    InputWrapper: Input.Wrapper.extend({
      styles: { description: { fontSize: 12 }, error: { fontSize: 12 }, label: { fontWeight: 550 } },
    }),
    Modal: Modal.extend({
      styles: {
        title: { fontSize: 15, fontWeight: 600 },
        content: { border: '1px solid var(--driad-line-strong)' }, // not words
      },
      defaultProps: {
        centered: true,
        radius: 'lg',
        transitionProps: { duration: 120 },
        overlayProps: { backgroundOpacity: 0.45 },
      },
    }),
    Notification: Notification.extend({ styles: { description: { color: 'var(--driad-dim)' } } }),
    Drawer: Drawer.extend({
      defaultProps: { transitionProps: { duration: 140 }, overlayProps: { backgroundOpacity: 0.35 } },
    }),
  },
})

/** What the theme says in words: to be laid over it where the language is known. */
export function spokenTheme(): MantineThemeOverride {
  return {
    components: {
      Modal: Modal.extend({ defaultProps: { closeButtonProps: { 'aria-label': t('common:close') } } }),
    },
  }
}

/** The window's own tokens beside Mantine's; stylesheets use nothing else for colour. */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {
    '--driad-radius': '12px',
    '--driad-gap': '14px',
  },
  dark: {
    '--driad-bg': '#0e1311',
    '--driad-panel': '#141b18',
    '--driad-raise': '#1a2320',
    '--driad-hover': '#18211d',
    '--driad-current': '#1a2320',
    '--driad-chart-earned': '#3fd693',
    '--driad-chart-spent': '#5fa8ee',
    '--driad-chart-waiting': '#e9b44c',
    '--driad-chart-attention': '#ff8a81',
    '--driad-chart-rank-1': '#3fd693',
    '--driad-chart-rank-2': '#27a06a',
    '--driad-chart-rank-3': '#1f7350',
    '--driad-chart-rank-4': '#1c4f3b',
    '--driad-chart-others': '#4c5a53',
    '--driad-line': '#24302b',
    '--driad-line-strong': '#34443d',
    '--driad-text': '#e8efeb',
    '--driad-dim': '#9aaaa2',
    '--driad-faint': '#83948b',
    '--driad-earned': '#3fd693',
    '--driad-earned-soft': '#15352a',
    '--driad-running': '#74bbff',
    '--driad-running-soft': '#16293c',
    '--driad-waiting': '#e9b44c',
    '--driad-waiting-soft': '#362c17',
    '--driad-attention': '#ff8a81',
    '--driad-attention-soft': '#3d1e1c',
    '--driad-neutral': '#9aaaa2',
    '--driad-neutral-soft': '#1f2a26',
    '--driad-highlight': '#4a4017',
    '--driad-on-filled': '#07130d',
    '--mantine-color-body': '#141b18',
    '--mantine-color-text': '#e8efeb',
    '--mantine-color-dimmed': '#9aaaa2',
    '--mantine-color-placeholder': '#83948b',
    '--mantine-color-default': '#1a2320',
    '--mantine-color-default-hover': '#212c28',
    '--mantine-color-default-color': '#e8efeb',
    '--mantine-color-default-border': '#2a3832',
    '--mantine-color-error': '#ff8a81',
    '--mantine-color-anchor': '#3fd693',
  },
  light: {
    '--driad-bg': '#f4f6f4',
    '--driad-panel': '#ffffff',
    '--driad-raise': '#f5f8f6',
    '--driad-hover': '#f6f9f7',
    '--driad-current': '#ffffff',
    '--driad-chart-earned': '#17995f',
    '--driad-chart-spent': '#3a86cf',
    '--driad-chart-waiting': '#dca02a',
    '--driad-chart-attention': '#d4483c',
    '--driad-chart-rank-1': '#0f7d4c',
    '--driad-chart-rank-2': '#3aa776',
    '--driad-chart-rank-3': '#7fcaa7',
    '--driad-chart-rank-4': '#bce3d0',
    '--driad-chart-others': '#bcc8c2',
    '--driad-line': '#dfe6e2',
    '--driad-line-strong': '#c6d1cb',
    '--driad-text': '#15201b',
    '--driad-dim': '#4e5e56',
    '--driad-faint': '#5c6c64',
    '--driad-earned': '#0a7547',
    '--driad-earned-soft': '#dff4e9',
    '--driad-running': '#165fa6',
    '--driad-running-soft': '#e2effb',
    '--driad-waiting': '#7a5000',
    '--driad-waiting-soft': '#fbeed2',
    '--driad-attention': '#ac271d',
    '--driad-attention-soft': '#fde6e4',
    '--driad-neutral': '#4e5e56',
    '--driad-neutral-soft': '#ebf0ed',
    '--driad-highlight': '#fbe7a8',
    '--driad-on-filled': '#ffffff',
    '--mantine-color-body': '#ffffff',
    '--mantine-color-text': '#15201b',
    '--mantine-color-dimmed': '#4e5e56',
    '--mantine-color-placeholder': '#5c6c64',
    '--mantine-color-default': '#ffffff',
    '--mantine-color-default-hover': '#f3f6f4',
    '--mantine-color-default-color': '#15201b',
    '--mantine-color-default-border': '#d3dcd7',
    '--mantine-color-error': '#ac271d',
    '--mantine-color-anchor': '#0a7547',
  },
})
