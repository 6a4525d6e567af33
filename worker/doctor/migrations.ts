// The migrations this program expects, by version: a function has no folder to look into. A test holds the list to supabase/migrations.

export const MIGRATIONS: readonly string[] = [
  '20261128000100',
  '20261128000200',
  '20261128000300',
  '20261128000400',
  '20261128000500',
  '20261128000600',
  '20261128000700',
  '20261128000800',
  '20261128000900',
  '20261128001000',
  '20261128001100',
  '20261128001200',
  '20261128040000',
  '20261128160000',
  '20261128161000',
  '20261128161500',
  '20261128162000',
];
