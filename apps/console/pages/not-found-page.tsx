import { Link } from 'react-router';
import { Empty } from '../parts/notices.tsx';
import { Heading } from '../parts/section.tsx';

export function NotFoundPage() {
  return (
    <>
      <Heading title="No such page" />
      <Empty title="There is nothing at this address, or your role may not see it.">
        <Link to="/">Go to the overview</Link>
      </Empty>
    </>
  );
}
