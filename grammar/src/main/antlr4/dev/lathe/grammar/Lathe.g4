// IR text and pipeline strings.
grammar Lathe;

file: graph+ EOF;

graph: 'graph' ('@' name)? signature body;
signature: '(' (parameter (',' parameter)*)? ')' '->' '(' (result (',' result)*)? ')';
parameter: value ':' type;
result: (name ':')? type;
body: '{' node* 'return' (value (',' value)*)? '}';

node: (value (',' value)* '=')? name '(' (operand (',' operand)*)? ')' attributes? (':' type (',' type)*)? location?
    | value '=' 'constant' literal ':' type location?
    ;
operand: value | '_' | '[' (value (',' value)*)? ']';
value: '%' name;

attributes: '{' (attribute (',' attribute)*)? '}';
attribute: name '=' attributeValue;
attributeValue: '[' (attributeValue (',' attributeValue)*)? ']' | 'graph' signature body | type | literal | dim;

literal: '@' STRING | list | scalar;
list: '[' (scalar (',' scalar)*)? ']';
scalar: ('-' | '+')? NUMBER | '-'? ('inf' | 'nan') | STRING | 'true' | 'false';

location: 'at' origin (',' origin)*;
origin: STRING '(' opType ')';
opType: name ('::' name)? '-' NUMBER;

type: name '[' '*' ']' | name '[' (dim (',' dim)*)? ']' | ('seq' | 'optional') '<' type '>';
dim: '-'? term (('+' | '-') term)*;
term: factor ('*' factor)*;
factor: NUMBER | '?'? name | ('floor' | 'min' | 'max') '(' dim (',' dim)+ ')';

// An option's value may be written without quotes when it is a word or a number.
pipeline: (pass (',' pass)*)? EOF;
pass: passName options?;
passName: IDENT ('-' (IDENT | NUMBER))*;
options: '{' (option (',' option)*)? '}';
option: passName '=' optionValue;
optionValue: STRING | '-'? NUMBER | passName | 'true' | 'false';

name: IDENT | STRING | 'graph' | 'return' | 'constant' | 'at' | 'seq' | 'optional' | 'floor' | 'min' | 'max' | 'inf' | 'nan';

NUMBER: [0-9]+ ('.' [0-9]*)? ([eE] [+-]? [0-9]+)?;
IDENT: [A-Za-z_] [A-Za-z0-9_.]*;
STRING: '"' (~["\\\r\n] | '\\' ["\\nrt] | '\\u' [0-9a-fA-F] [0-9a-fA-F] [0-9a-fA-F] [0-9a-fA-F])* '"';
COMMENT: '//' ~[\r\n]* -> channel(HIDDEN);
SPACE: [ \t\r\n]+ -> skip;
