// Loaded before dependency-cruiser, whose parser's visitor stops at `using` and `await using`: they
// declare variables like `const`.
import { Visitor } from '@swc/core/Visitor.js';

const { visitStatement } = Visitor.prototype;

Visitor.prototype.visitStatement = function (this: Visitor, statement) {
  if ('decls' in statement && Array.isArray(statement.decls)) {
    this.visitVariableDeclarators(statement.decls);
    return statement;
  }
  return visitStatement.call(this, statement);
};
