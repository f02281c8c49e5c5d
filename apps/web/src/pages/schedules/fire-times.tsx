import { formatIn, formatInstant, hereZone } from '../../format/time.js';

/** Times of a schedule, by the clocks of its zone and by those of this browser when they differ. */
export function FireTimes({ times, zone }: { times: readonly number[]; zone: string }) {
  const isElsewhere = zone !== hereZone();
  return (
    <table className="numbers w-full text-left text-[0.8125rem]">
      <thead className="text-quiet">
        <tr>
          <th scope="col" className="py-1 pr-4 font-medium">
            {zone}
          </th>
          {isElsewhere && (
            <th scope="col" className="py-1 font-medium">
              Here ({hereZone()})
            </th>
          )}
        </tr>
      </thead>
      <tbody>
        {times.map((at) => (
          <tr key={at} className="border-t border-line">
            <td className="py-1 pr-4">{formatIn(zone, at)}</td>
            {isElsewhere && <td className="py-1 text-quiet">{formatInstant(at)}</td>}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
