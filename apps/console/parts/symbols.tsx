import type { Concern, DeliveryState, Health } from '#client';
import type { ReactNode } from 'react';

// Every state has a shape and a word of its own, beside its colour.

type Tone = 'good' | 'bad' | 'warn' | 'info' | 'quiet';

interface Look {
  readonly tone: Tone;
  readonly word: string;
  /** Drawn in 16 by 16, in the current colour. */
  readonly shape: ReactNode;
}

const check = <path d="M4.8 8.3 7 10.5l4.3-4.8" fill="none" stroke="var(--page)" strokeWidth="1.8" />;
const disc = <circle cx="8" cy="8" r="6.5" />;
const triangle = <path d="M8 1.6 15 14H1z" />;

const STATES: Readonly<Record<DeliveryState, Look>> = {
  delivered: { tone: 'good', word: 'delivered', shape: [<g key="d">{disc}</g>, <g key="c">{check}</g>] },
  pending: {
    tone: 'info',
    word: 'pending',
    shape: (
      <path
        d="M8 4.4V8l2.6 1.6M8 1.9a6.1 6.1 0 1 1 0 12.2A6.1 6.1 0 0 1 8 1.9z"
        fill="none"
        stroke="currentColor"
        strokeWidth="1.7"
      />
    ),
  },
  frozen: {
    tone: 'bad',
    word: 'frozen',
    shape: <path d="M8 1v14M1.9 4.5l12.2 7M14.1 4.5l-12.2 7" fill="none" stroke="currentColor" strokeWidth="2.1" />,
  },
  cancelled: {
    tone: 'quiet',
    word: 'cancelled',
    shape: (
      <path
        d="M8 1.9a6.1 6.1 0 1 1 0 12.2A6.1 6.1 0 0 1 8 1.9zM3.8 12.2l8.4-8.4"
        fill="none"
        stroke="currentColor"
        strokeWidth="1.7"
      />
    ),
  },
};

const HEALTHS: Readonly<Record<Health, Look>> = {
  healthy: { tone: 'good', word: 'healthy', shape: disc },
  failing: { tone: 'bad', word: 'failing', shape: triangle },
  suspect: { tone: 'warn', word: 'suspect', shape: <path d="M8 .9 15.1 8 8 15.1.9 8z" /> },
  paused: { tone: 'quiet', word: 'paused', shape: <path d="M3.4 2h3.4v12H3.4zM9.2 2h3.4v12H9.2z" /> },
};

const SEVERITIES: Readonly<Record<Concern['severity'], Look>> = {
  critical: { tone: 'bad', word: 'critical', shape: triangle },
  warning: { tone: 'warn', word: 'warning', shape: <path d="M8 .9 15.1 8 8 15.1.9 8z" /> },
  notice: { tone: 'info', word: 'notice', shape: disc },
};

function Symbol({ tone, word, shape, silent = false }: Look & { readonly silent?: boolean }) {
  return (
    <span className={`symbol tone-${tone}`}>
      <svg viewBox="0 0 16 16" width="13" height="13" fill="currentColor" aria-hidden="true">
        {shape}
      </svg>
      <span className={silent ? 'unseen' : undefined}>{word}</span>
    </span>
  );
}

/** @param silent Only the shape is seen, where a column says what it means; the word is still read out. */
export function StateSymbol({ state, silent = false }: { readonly state: DeliveryState; readonly silent?: boolean }) {
  return <Symbol {...STATES[state]} silent={silent} />;
}

export function HealthSymbol({ health }: { readonly health: Health }) {
  return <Symbol {...HEALTHS[health]} />;
}

export function SeveritySymbol({ severity }: { readonly severity: Concern['severity'] }) {
  return <Symbol {...SEVERITIES[severity]} />;
}

export function OutcomeSymbol({ succeeded, words }: { readonly succeeded: boolean; readonly words: string }) {
  return <Symbol {...(succeeded ? STATES.delivered : HEALTHS.failing)} word={words} />;
}
