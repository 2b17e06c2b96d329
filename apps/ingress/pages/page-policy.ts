import type { RequestHandler } from 'express';
import helmet from 'helmet';

/** What a page may load, beyond scripts, pictures and data of our own, which every page may. */
export interface PageNeeds {
  /** Styles written into the page or made by its scripts. Of scripts the like is never allowed. */
  readonly inlineStyles: boolean;
}

/**
 * The security headers of one page, in place of those that the application sets for all: nothing from elsewhere, no script in the page,
 * no frame around it. Without `upgrade-insecure-requests`: who serves plain HTTP in his own network must be able to read it.
 */
export function pagePolicy({ inlineStyles }: PageNeeds): RequestHandler {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        'default-src': ["'none'"],
        'script-src': ["'self'"],
        'style-src': ["'self'", ...(inlineStyles ? ["'unsafe-inline'"] : [])],
        'img-src': ["'self'", 'data:'],
        'font-src': ["'self'", 'data:'],
        'connect-src': ["'self'"],
        'base-uri': ["'self'"],
        'form-action': ["'none'"],
        'frame-ancestors': ["'none'"],
      },
    },
  });
}
