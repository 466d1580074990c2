// What Lathe reads as text: the IR (rule file) and pass pipelines (rule pipeline).
//
// The grammar knows no op, element type, enum word or function by name; the IR's records do. So a new op never changes
// this file, and a bare word means what the Java type of its attribute says: in {mode=nearest, low=-inf, then=seq} the
// words parse alike, as a dim of one symbol.
grammar Lathe;

file: (definition | graph)+ EOF;

// A name for a dimension that is too large to be written where it is used.
definition: DEFINED '=' dim;

graph: 'graph' '@' name signature body;
signature: '(' (parameter (',' parameter)*)? ')' '->' '(' (result (',' result)*)? ')';
parameter: VALUE ':' type;
result: (name ':')? type;
body: '{' node* 'return' (VALUE (',' VALUE)*)? '}';

node: (VALUE (',' VALUE)* '=')? operation (':' type (',' type)*)? location?;
operation
    : 'constant' literal                                                    # ConstantOperation
    | op=IDENT '(' (operand (',' operand)*)? ')' attributes?                # OpOperation
    ;
operand
    : VALUE                                                                 # ValueOperand
    | '_'                                                                   # AbsentOperand
    | '[' (VALUE (',' VALUE)*)? ']'                                         # ListOperand
    ;

attributes: '{' (attribute (',' attribute)*)? '}';
attribute: key=word '=' attributeValue;
attributeValue
    : 'graph' signature body                                                # RegionAttribute
    | '[' (attributeValue (',' attributeValue)*)? ']'                       # ListAttribute
    | type                                                                  # TypeAttribute
    | '-'? FLOAT                                                            # FloatAttribute
    | dim                                                                   # DimAttribute // and int, word, "string", inf
    ;

// @"name" is a tensor in the file beside the text.
literal: '@' STRING | row | scalar;
row: '[' ((scalar | row) (',' (scalar | row))*)? ']';                       // one list of all elements, or nested as the dims
scalar: number | STRING | '(' number ',' number ')';                        // true and false are words of number
number: '-'? (INT | FLOAT | IDENT);

location: 'at' origin (',' origin)*;
origin: STRING '(' opType ')';
opType: (word | STRING | INT | FLOAT | '-' | ':')+;                         // MatMul-13, com.microsoft::Gelu-1

type
    : element=IDENT '[' (dim (',' dim)*)? ']'                               # TensorType
    | element=IDENT '[' '*' ']'                                             # UnrankedType
    | constructor=IDENT '<' (key=IDENT ',')? type '>'                       # ContainerType
    ;

dim: '-'? term (('+' | '-') term)*;
term: factor ('*' factor)*;
factor
    : INT                                                                   # ConstantFactor
    | '?'? name                                                             # SymbolFactor // ? marks a signed symbol
    | DEFINED                                                               # DefinedFactor
    | function=IDENT '(' dim (',' dim)* ')'                                 # FunctionFactor
    | '(' dim ')'                                                           # GroupFactor
    ;

pipeline: (pass (',' pass)*)? EOF;
pass: passName ('{' (option (',' option)*)? '}')?;
option: passName '=' optionValue;
optionValue: STRING | bare+;                                                 // spaces need quotes
bare: word | INT | FLOAT | '-' | '.';
passName: word ('-' (word | INT))*;

name: word | STRING;
word: IDENT | 'graph' | 'return' | 'constant' | 'at' | '_';

VALUE: '%' (IDENT | [0-9]+ | STRING);
DEFINED: '$' [A-Za-z0-9_.]+;
INT: [0-9]+;
FLOAT: [0-9]+ ('.' [0-9]* EXPONENT? | EXPONENT);
IDENT: [A-Za-z_] [A-Za-z0-9_.]*;
STRING: '"' (~["\\\r\n] | '\\' ["\\nrt] | '\\u' HEX HEX HEX HEX)* '"';
COMMENT: '//' ~[\r\n]* -> channel(HIDDEN);
SPACE: [ \t\r\n]+ -> skip;

fragment EXPONENT: [eE] [+-]? [0-9]+;
fragment HEX: [0-9a-fA-F];
