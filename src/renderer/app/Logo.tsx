/** A sprout: two leaves on a stem. */
export function Logo({ size = 24 }: { readonly size?: number }) {
  return (
    <svg aria-hidden="true" width={size} height={size} viewBox="0 0 24 24" fill="none">
      <path d="M12 22V11" stroke="var(--driad-earned)" strokeWidth="2" strokeLinecap="round" />
      <path d="M12 13.5C6 13.5 3.6 9.4 3.6 4.2c5.200 0 8.400 3.200 8.400 9.300Z" fill="var(--driad-earned)" />
      <path
        d="M12 17.500c4.700 0 8-2.700 8.400-8.400-4.700 0-8.400 2.700-8.400 8.400Z"
        fill="var(--driad-earned)"
        opacity=".55"
      />
    </svg>
  )
}
