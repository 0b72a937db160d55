import { Injectable } from '@nestjs/common';
import type { OpenAPIObject } from '@nestjs/swagger';

/** Every address with its methods, out of the OpenAPI document: tells a wrong method from a wrong address. */
@Injectable()
export class RouteTable {
  private routes: readonly { readonly pattern: RegExp; readonly methods: readonly string[] }[] = [];

  /** Takes over the addresses of the finished document. */
  learn(document: OpenAPIObject): void {
    this.routes = Object.entries(document.paths).map(([template, item]) => ({
      pattern: new RegExp(`^${template.replaceAll(/\{[^}]+\}/g, '[^/]+')}/?$`),
      methods: ['get', 'post', 'put', 'patch', 'delete']
        .filter((method) => Object.hasOwn(item as object, method))
        .map((method) => method.toUpperCase()),
    }));
  }

  methodsAt(path: string): string[] {
    const methods = this.routes.filter(({ pattern }) => pattern.test(path)).flatMap((route) => route.methods);
    return [...new Set(methods)].sort();
  }
}
