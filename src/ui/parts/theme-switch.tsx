import { ToggleGroup } from 'radix-ui';
import type { ReactNode } from 'react';
import { useUi } from '../context.ts';
import type { Theme } from '../state/preferences-slice.ts';
import { DarkThemeIcon, LightThemeIcon, SystemThemeIcon } from './icons.tsx';

const CHOICES: readonly {
  readonly theme: Theme;
  readonly label: string;
  readonly Icon: () => ReactNode;
}[] = [
  { theme: 'system', label: 'Colours as the system', Icon: SystemThemeIcon },
  { theme: 'light', label: 'Light colours', Icon: LightThemeIcon },
  { theme: 'dark', label: 'Dark colours', Icon: DarkThemeIcon },
];

/** Dark, light, or whatever the system says. */
export function ThemeSwitch(): ReactNode {
  const theme = useUi((state) => state.theme);
  const setTheme = useUi((state) => state.setTheme);
  return (
    <ToggleGroup.Root
      type="single"
      className="segmented"
      aria-label="Colours"
      value={theme}
      onValueChange={(value) => {
        const choice = CHOICES.find((candidate) => candidate.theme === value);
        if (choice !== undefined) setTheme(choice.theme);
      }}
    >
      {CHOICES.map(({ theme: value, label, Icon }) => (
        <ToggleGroup.Item
          key={value}
          value={value}
          className="segment"
          aria-label={label}
          title={label}
        >
          <Icon />
        </ToggleGroup.Item>
      ))}
    </ToggleGroup.Root>
  );
}
