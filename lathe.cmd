@echo off
rem Runs the Lathe compiler from a checkout; builds it first when its sources are newer than the last build.
rem   LATHE_JAVA_OPTS  more options for the JVM, for example -Xmx16g
rem   LATHE_TARGETS    targets with native code that the build adds, with commas between: tensorrt, tensorrt10 (with it), tvm
setlocal EnableExtensions DisableDelayedExpansion
set "home=%~dp0"
set "home=%home:~0,-1%"
set "out=%home%\compiler\cli\target\lathe"

rem A JDK 25 or later tells its version in its release file, so none is started to ask.
set "jdk="
if defined JAVA_HOME call :use_if_jdk "%JAVA_HOME%"
if not defined jdk for %%j in (java.exe) do if not "%%~$PATH:j"=="" call :use_if_jdk "%%~dp$PATH:j.."
if not defined jdk for %%v in ("%ProgramFiles%\Eclipse Adoptium" "%ProgramFiles%\Java" "%ProgramFiles%\Microsoft" "%ProgramFiles%\Zulu" "%ProgramFiles%\Amazon Corretto" "%USERPROFILE%\.jdks") do (
  if not defined jdk for /d %%j in ("%%~v\*") do if not defined jdk call :use_if_jdk "%%~j"
)
if not defined jdk (
  echo lathe: needs a JDK 25 or later, and found none in JAVA_HOME, PATH, Program Files or %USERPROFILE%\.jdks>&2
  echo lathe: install one, for example from https://adoptium.net, or set JAVA_HOME>&2
  exit /b 3
)

set "stale="
call :find_stale
set "failed="
if defined stale call :build
if defined failed exit /b 3

set "main="
pushd "%home%\compiler\cli\target"
for %%f in (lathe-cli-*.jar) do call :use_if_main "%%~f"
popd

rem Tier3DelayOn: with a long queue kernels would be compiled without profiles first, which the large ones do not leave again.
"%jdk%\bin\java.exe" --add-modules jdk.incubator.vector --enable-native-access=ALL-UNNAMED ^
  -XX:+UseSerialGC -XX:MaxRAMPercentage=70 -XX:Tier3DelayOn=100000 -Xlog:disable "-Xlog:all=warning,cds*=off,aot*=off:stderr" ^
  -XX:+AutoCreateSharedArchive "-XX:SharedArchiveFile=%out%\lathe.jsa" "-Dlathe.home=%home%" %LATHE_JAVA_OPTS% ^
  -cp "%main%;%out%\lib\*" dev.lathe.cli.Main %*
exit /b %ERRORLEVEL%

rem Takes a folder for the JDK if it is one that is new enough.
:use_if_jdk
if not exist "%~1\bin\javac.exe" exit /b 1
if not exist "%~1\release" exit /b 1
for /f "usebackq tokens=1,2 delims==" %%r in ("%~1\release") do if "%%r"=="JAVA_VERSION" call :use_if_new "%~f1" %%s
exit /b 0

rem Takes a folder for the JDK if its version, the second argument, is new enough.
:use_if_new
for /f "delims=.-+" %%m in ("%~2") do if %%m geq 25 set "jdk=%~1"
exit /b 0

rem Takes a jar for that of the command line if it is the one with classes.
:use_if_main
set "name=%~n1"
if not "%name:-sources=%"=="%name%" exit /b 0
if not "%name:-javadoc=%"=="%name%" exit /b 0
if not "%name:-tests=%"=="%name%" exit /b 0
set "main=%~f1"
exit /b 0

rem Sets stale if a source is newer than the last build, or that was for other targets.
:find_stale
set "stale=yes"
if not exist "%out%\built" exit /b 0
set "built_for="
set /p built_for=<"%out%\targets"
if not "%built_for%"=="%LATHE_TARGETS%" exit /b 0
powershell -NoProfile -Command "$built = (Get-Item '%out%\built').LastWriteTime; $files = @(Get-Item '%home%\pom.xml') + @(foreach ($m in 'grammar','ir','frontend','passes','backends','compiler') { Get-ChildItem -Recurse -File ('%home%\' + $m) | Where-Object { $_.FullName -notmatch '\\target\\' } }); if ($files | Where-Object { $_.LastWriteTime -gt $built } | Select-Object -First 1) { exit 1 } else { exit 0 }"
if %ERRORLEVEL% equ 0 set "stale="
exit /b 0

rem Builds; sets failed if that did not work.
:build
if defined failed exit /b 3

set "main="
pushd "%home%\compiler\cli\target"
for %%f in (lathe-cli-*.jar) do call :use_if_main "%%~f"
popd

rem Tier3DelayOn: with a long queue kernels would be compiled without profiles first, which the large ones do not leave again.
"%jdk%\bin\java.exe" --add-modules jdk.incubator.vector --enable-native-access=ALL-UNNAMED ^
  -XX:+UseSerialGC -XX:MaxRAMPercentage=70 -XX:Tier3DelayOn=100000 -Xlog:disable "-Xlog:all=warning,cds*=off,aot*=off:stderr" ^
  -XX:+AutoCreateSharedArchive "-XX:SharedArchiveFile=%out%\lathe.jsa" "-Dlathe.home=%home%" %LATHE_JAVA_OPTS% ^
  -cp "%main%;%out%\lib\*" dev.lathe.cli.Main %*
exit /b %ERRORLEVEL%

rem Takes a folder for the JDK if it is one that is new enough.
:use_if_jdk
if not exist "%~1\bin\javac.exe" exit /b 1
if not exist "%~1\release" exit /b 1
for /f "usebackq tokens=1,2 delims==" %%r in ("%~1\release") do if "%%r"=="JAVA_VERSION" call :use_if_new "%~f1" %%s
exit /b 0

rem Takes a folder for the JDK if its version, the second argument, is new enough.
:use_if_new
for /f "delims=.-+" %%m in ("%~2") do if %%m geq 25 set "jdk=%~1"
exit /b 0

rem Takes a jar for that of the command line if it is the one with classes.
:use_if_main
set "name=%~n1"
if not "%name:-sources=%"=="%name%" exit /b 0
if not "%name:-javadoc=%"=="%name%" exit /b 0
if not "%name:-tests=%"=="%name%" exit /b 0
set "main=%~f1"
exit /b 0

rem Whether a source is newer than the last build, or that was for other targets.
:is_stale
if not exist "%out%\built" exit /b 0
set "built_for="
set /p built_for=<"%out%\targets"
if not "%built_for%"=="%LATHE_TARGETS%" exit /b 0
powershell -NoProfile -Command "$built = (Get-Item '%out%\built').LastWriteTime; $files = @(Get-Item '%home%\pom.xml') + @(foreach ($m in 'grammar','ir','frontend','passes','backends','compiler') { Get-ChildItem -Recurse -File ('%home%\' + $m) | Where-Object { $_.FullName -notmatch '\\target\\' } }); if ($files | Where-Object { $_.LastWriteTime -gt $built } | Select-Object -First 1) { exit 0 } else { exit 1 }"
exit /b %ERRORLEVEL%

:build
if not exist "%out%" mkdir "%out%"
echo.>"%out%\started"
if exist "%out%\lib" rmdir /s /q "%out%\lib"
set "profiles="
if defined LATHE_TARGETS set "profiles=-P %LATHE_TARGETS%"
set "JAVA_HOME=%jdk%"
pushd "%home%"
call mvnw.cmd -B -DskipTests %profiles% -pl compiler/cli -am package >"%out%\build.log" 2>&1
set "status=%ERRORLEVEL%"
popd
if not "%status%"=="0" (
  findstr /v /b /l /c:"[INFO]" "%out%\build.log" >&2
  echo lathe: the build failed; its log is %out%\build.log>&2
  set "failed=yes"
  exit /b 0
)
>"%out%\targets" echo(%LATHE_TARGETS%
move /y "%out%\started" "%out%\built" >nul
exit /b 0
