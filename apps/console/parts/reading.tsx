import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Failure, Loading } from './notices.tsx';

interface ReadingProps<Data> {
  readonly query: UseQueryResult<Data>;
  /** What is read, after "Reading" and "could not be read". */
  readonly what: string;
  readonly children: (data: Data) => ReactNode;
}

/** What a query found; until then that it is being read, and what went wrong. What was there stays, with a word that it is old. */
export function Reading<Data>({ query, what, children }: ReadingProps<Data>) {
  const { data, error } = query;
  if (data === undefined) {
    return error === null ? (
      <Loading what={what} />
    ) : (
      <Failure error={error} what={`${capital(what)} could not be read`} />
    );
  }
  return (
    <>
      {error !== null && <Failure error={error} what="What you see is old" />}
      {children(data)}
    </>
  );
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
