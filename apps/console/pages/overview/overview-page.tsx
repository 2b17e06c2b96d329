import { useQuery } from '@tanstack/react-query';
import * as queries from '../../api/queries.ts';
import { usePeriod } from '../../charts/period.tsx';
import { FlowChart } from '../../charts/series-charts.tsx';
import { Reading } from '../../parts/reading.tsx';
import { Heading, Section } from '../../parts/section.tsx';
import { Attention } from './attention.tsx';
import { Backlogs } from './backlogs.tsx';
import { Figures } from './figures.tsx';
import { Fleet } from './fleet.tsx';

/** Is it us, the node, or the sender: what needs attention first, then how much moves, then who moves it. */
export function OverviewPage() {
  const { period, picker } = usePeriod();
  const attention = useQuery(queries.attention);
  const series = useQuery(queries.series(period));
  const stats = useQuery(queries.stats);
  const fleet = useQuery(queries.fleet);
  return (
    <>
      <Heading title="Overview" />
      <Reading query={attention} what="what needs attention">
        {(concerns) => <Attention concerns={concerns} />}
      </Reading>
      <Section title="What moves" aside={picker}>
        <Reading query={series} what="what moved">
          {(data) => (
            <>
              <Figures series={data} stats={stats.data} />
              <FlowChart
                series={data}
                title="Messages accepted, deliveries made, failed and frozen"
                incoming="accepted"
              />
            </>
          )}
        </Reading>
      </Section>
      <div className="halves">
        <Section title="What waits">
          <Reading query={stats} what="what waits">
            {(data) => <Backlogs nodes={data.nodes} />}
          </Reading>
        </Section>
        <Section title="Workers">
          <Reading query={fleet} what="the workers">
            {(workers) => <Fleet workers={workers} />}
          </Reading>
        </Section>
      </div>
    </>
  );
}
